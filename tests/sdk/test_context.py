"""The context registry: objects made at run time, by type and name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sdk import Context


class Animal: ...


class Dog(Animal): ...


class Puppy(Dog): ...


class Cat(Animal): ...


def test_an_object_is_found_by_its_class_and_by_each_base_class() -> None:
    context = Context()
    puppy = context.add(Puppy())
    for kind in (Puppy, Dog, Animal, object):
        assert context.get(kind) is puppy
    assert context.find(Cat) is None
    with pytest.raises(LookupError, match=r"^The context has no Cat\.$"):
        context.get(Cat)


def test_the_nearest_class_wins_and_equally_near_ones_are_a_fault() -> None:
    context = Context()
    context.add(Puppy())
    dog = context.add(Dog())
    assert context.get(Animal) is dog
    context.add(Cat())
    with pytest.raises(LookupError, match="several of Animal: Dog and Cat"):
        context.get(Animal)
    animal = context.add(Animal())
    assert context.get(Animal) is animal


def test_names_tell_apart_objects_of_one_class() -> None:
    context = Context()
    one, two = context.add(Dog(), name="one"), context.add(Dog(), name="two")
    assert (context.get(Dog, "one"), context.get(Animal, "two")) == (one, two)
    assert context.find(Dog) is None
    with pytest.raises(LookupError, match="no Dog named 'three'"):
        context.get(Dog, "three")


def test_adding_twice_is_an_error_unless_said() -> None:
    context = Context()
    context.add(Dog())
    with pytest.raises(KeyError, match="already has Dog; say replace=True"):
        context.add(Dog())
    second = context.add(Dog(), replace=True)
    assert context.get(Animal) is second


def test_a_layer_sees_what_is_below_and_hides_it() -> None:
    context = Context()
    below = context.add(Dog())
    with context.layer() as child:
        assert child.get(Dog) is below
        own = child.add(Dog())
        assert (child.get(Animal), context.get(Animal)) == (own, below)
        late = context.add(Cat())
        assert child.get(Cat) is late
    assert context.get(Dog) is below


def test_what_is_removed_is_not_found_again() -> None:
    context = Context()
    child = context.child()
    dog = context.add(Dog())
    assert child.get(Dog) is dog
    context.remove(dog)
    assert child.find(Dog) is None
    with pytest.raises(KeyError, match="does not have this Dog"):
        context.remove(dog)
    context.add(Cat())
    context.clear()
    assert context.find(object) is None


def test_threads_that_add_at_once_add_one() -> None:
    context = Context()

    def add(number: int) -> bool:
        try:
            context.add(Dog())
        except KeyError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(add, range(64))) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "get", "remove"]),
            st.sampled_from([Animal, Dog, Puppy, Cat]),
            st.sampled_from([None, "x"]),
        ),
        max_size=30,
    )
)
def test_remembered_answers_are_those_of_a_fresh_look(
    steps: list[tuple[str, type, str | None]],
) -> None:
    context, fresh = Context().child(), {}  # type: Context, dict[tuple[type, str | None], object]
    for step, kind, name in steps:
        if step == "add":
            fresh[kind, name] = context.add(kind(), name=name, replace=True)
        elif step == "remove" and (kind, name) in fresh:
            context.remove(fresh.pop((kind, name)), name=name)
        for wanted in (Puppy, Dog, Cat):
            exact = fresh.get((wanted, name))
            if exact is not None:
                assert context.get(wanted, name) is exact
            else:
                assert context.find(wanted, name) is look(fresh, wanted, name)


def look(fresh: dict[tuple[type, str | None], object], kind: type, name: str | None) -> object:
    fits = [obj for (own, its), obj in fresh.items() if its == name and issubclass(own, kind)]
    return fits[0] if fits else None
