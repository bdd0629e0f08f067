"""What a client makes of an interface."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from hub.client.binding import Binding
from hub.client.methods import RemoteMethod, method_by_name, remote_service
from hub.sdk import CallContext, Caller, Injected, get, method, service
from hub.wire.contracts import contract_hash, method_schemas
from hub.wire.protobuf.services import MethodTypes

if TYPE_CHECKING:
    from decimal import Decimal


class Engine:
    """What only the hub can make."""


@service
class Garage:
    @get("/cars/{plate}")
    def car(
        self, plate: str, doors: int = 4, *, caller: Caller, engine: Injected[Engine]
    ) -> str: ...

    @method(idempotent=False)
    async def wash(self, context: CallContext | None, plates: list[str]) -> None: ...

    def each(self) -> Iterator[int]: ...

    def aeach(self) -> AsyncIterator[int]: ...

    @method(timeout=60)
    async def counted(self) -> AsyncIterator[str]:
        yield ""


def methods() -> dict[str, RemoteMethod]:
    return dict(remote_service(Garage).methods)


def test_what_the_other_side_fills_in_is_hidden() -> None:
    car = methods()["car"]
    assert list(car.visible.parameters) == ["plate", "doors"]
    assert car.required == {"plate"}
    assert set(car.arguments.json_schema()["properties"]) == {"plate", "doors"}
    assert list(methods()["wash"].visible.parameters) == ["plates"]


def test_how_each_is_called() -> None:
    told = {
        name: (each.is_async, each.streams, each.idempotent) for name, each in methods().items()
    }
    assert told == {
        "car": (False, False, True),
        "wash": (True, False, False),
        "each": (False, True, False),
        "aeach": (True, True, False),
        "counted": (True, True, False),
    }
    assert methods()["each"].result.json_schema() == {"type": "integer"}


@pytest.mark.parametrize(
    ("args", "kwargs", "given"),
    [
        (("A",), {}, {"plate": "A"}),
        (("A", 2), {}, {"plate": "A", "doors": 2}),
        (("A",), {"doors": 2}, {"plate": "A", "doors": 2}),
        ((), {"doors": 2, "plate": "A"}, {"plate": "A", "doors": 2}),
    ],
)
def test_only_what_is_given_travels(
    args: tuple[Any, ...], kwargs: dict[str, Any], given: dict[str, Any]
) -> None:
    assert methods()["car"].given(args, kwargs) == given


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), (("A", 1, 2), {}), (("A",), {"caller": None}), (("A",), {"plate": "A"})],
)
def test_what_does_not_fit_is_refused_as_by_the_method(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=r"^Garage\.car\(\): "):
        methods()["car"].given(args, kwargs)


class Kinds:
    def all(self, a: int, b: int = 0, *, c: int, d: int = 0) -> None: ...

    def none(self) -> None: ...


def _ways() -> Iterator[tuple[tuple[int, ...], dict[str, int]]]:
    for count in range(4):
        for length in range(5):
            for names in itertools.combinations(("a", "b", "c", "d", "e"), length):
                yield tuple(range(count)), dict.fromkeys(names, 9)


@pytest.mark.parametrize("function", [Kinds.all, Kinds.none])
def test_arguments_are_bound_as_by_python_itself(function: Callable[..., Any]) -> None:
    signature = inspect.signature(functools.partial(function, None))
    binding = Binding(signature, of="Kinds.all")
    for args, kwargs in _ways():
        try:
            expected: object = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            expected = f"Kinds.all(): {error}"
        found: object
        try:
            found = binding(args, kwargs)
        except TypeError as error:
            found = str(error)
        assert found == expected, (args, kwargs)


def test_what_is_no_service() -> None:
    with pytest.raises(TypeError, match="Engine is no service: mark it @service"):
        remote_service(Engine)


def test_types_that_cannot_travel_are_named() -> None:
    @service
    class Odd:
        def take(self, engine: Engine) -> None: ...

    with pytest.raises(TypeError, match=r"odd\.take can't be called: the parameter 'engine'"):
        remote_service(Odd)

    @service
    class Late:
        def price(self) -> Decimal: ...

    with pytest.raises(TypeError, match="its annotations name 'Decimal'"):
        remote_service(Late)


def test_a_name_alone() -> None:
    found = method_by_name("greeter.say_hello")
    assert (found.service, found.name, found.idempotent) == ("greeter", "say_hello", False)
    for name in ("greeter", "", "greeter.", "greeter.a b"):
        with pytest.raises(ValueError, match="named like"):
            method_by_name(name)


def test_the_contract_is_the_same_each_time() -> None:
    def hashed() -> str:
        types = {
            name: MethodTypes(arguments=each.arguments, result=each.result, streams=each.streams)
            for name, each in methods().items()
        }
        return contract_hash(method_schemas(types))

    first = hashed()
    remote_service.cache_clear()
    assert hashed() == first
