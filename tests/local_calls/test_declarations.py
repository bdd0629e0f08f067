"""Classes that can't be what a decorator says are told at once, in a sentence."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.loader.modules.actions import read_actions
from hub.sdk import Component, action, component, get, implementation, method, post, service
from hub.sdk.names import declared_name, is_name
from hub.sdk.services import service_declaration_of
from hub.sdk.triggers import WebTrigger


class Plain:
    def work(self) -> None: ...


def _work(self: Any) -> None: ...


def _service_of(**members: Any) -> Callable[[], Any]:
    return lambda: service(type("Odd", (), members))


@service
class Good:
    def work(self) -> None: ...


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (_service_of(), "The service Odd has no public method."),
        (_service_of(size=property(len)), "Odd.size is a property"),
        (_service_of(make=staticmethod(len)), "Odd.make is a staticmethod"),
        (_service_of(make=classmethod(len)), "Odd.make is a classmethod"),
        (_service_of(work=action()(_work)), "Write @method"),
        (lambda: service(len), "@service stands above a class, not above len."),
        (lambda: service(name="Big Words")(Plain), "a service's name is lower-case words"),
        (lambda: service(access="all")(Plain), "access= takes an access rule"),
        (lambda: service(timeout=0)(Plain), "timeout= is a number of seconds above 0"),
        (lambda: method("GET"), "takes triggers such as get"),
        (lambda: implementation(Plain), "takes a class marked @service, not Plain"),
        (lambda: implementation(Good)(Plain), "must be a subclass: class Plain(Good)."),
        (lambda: implementation(Good)(Good), "must be a subclass"),
        (lambda: implementation(Good)(len), "@implementation stands above a class"),
        (lambda: implementation(Good, qualifier="A b"), "qualifier= is a word"),
        (lambda: component()(Plain), "stands above a subclass of Component, not Plain."),
        (lambda: component(services=[Plain]), "takes classes marked @service, not Plain"),
        (lambda: component(services=Good), "services= takes a tuple"),
        (lambda: component(channels="rest"), "channels= takes a tuple"),
        (lambda: component(channels=[1]), "channels= takes names such as 'rest', not 1."),
        (lambda: component(version=2), "version= is a text"),
        (lambda: component(name="A")(type("X", (Component,), {})), "a component's name is"),
    ],
)
def test_a_wrong_shape_is_told(declare: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        declare()
    assert message in str(caught.value)


def test_one_class_implements_one_service() -> None:
    @service
    class Other:
        def work(self) -> None: ...

    class Both(Good, Other):
        def work(self) -> None: ...

    with pytest.raises(TypeError, match="Both implements a service already"):
        implementation(Other)(implementation(Good)(Both))


def test_triggers_stand_above_methods_in_their_order() -> None:
    @service(name="shop-floor")
    class Floor:
        @get("/one")
        @post()
        @method(get("/two"))
        def work(self) -> None: ...

    declaration = service_declaration_of(Floor)
    assert declaration is not None
    (work,) = declaration.methods
    assert work.triggers == (
        WebTrigger("GET", "/one"),
        WebTrigger("POST"),
        WebTrigger("GET", "/two"),
    )
    assert (declaration.name, declaration.path) == ("shop-floor", "/shop-floor")


def test_a_trigger_above_a_plain_function_is_told() -> None:
    from types import ModuleType

    module: Any = ModuleType(__name__)

    @get()
    def lonely() -> int:
        return 1

    module.lonely = lonely
    with pytest.raises(TypeError, match=r"the trigger above '.*lonely' belongs into @action"):
        list(read_actions(module, None))  # type: ignore[arg-type]


def test_an_interface_has_the_methods_of_its_bases() -> None:
    @service
    class More(Good):
        def rest(self) -> None: ...

        _hidden = 1
        LIMIT = 5

    declaration = service_declaration_of(More)
    assert declaration is not None
    assert [each.name for each in declaration.methods] == ["work", "rest"]
    assert service_declaration_of(type("Sub", (More,), {})) is None


@given(st.text(string.ascii_letters, min_size=1, max_size=30))
def test_the_name_of_any_class_of_letters_becomes_a_name(name: str) -> None:
    found = declared_name(type(name, (), {}), None, what="service")
    assert is_name(found)
    assert found.replace("_", "") == name.lower()


@pytest.mark.parametrize(
    ("name", "words"), [("ItemStore", "item_store"), ("HTTPCache", "http_cache"), ("A1B", "a1_b")]
)
def test_words_are_told_apart(name: str, words: str) -> None:
    assert declared_name(type(name, (), {}), None, what="service") == words
