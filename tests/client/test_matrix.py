"""The same call gives the same value, and the same fault the same exception: on every channel, for
sync and for async callers. ``local`` is what ``get_service`` gives of a service implemented in the
same process."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from hub.client import Hub
from hub.client.methods import remote_service
from hub.operations import switches
from hub.sdk import (
    BadRequest,
    Conflict,
    Forbidden,
    HubError,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
    get_service,
)
from hub.wire.errors import DeadlineExceeded, InternalError
from tests.local_calls.conftest import STRANGER, calling_as, hub_of, plugin_of
from tests.processes import HubProcess

pytestmark = pytest.mark.process

CHANNELS = ("rest", "dispatch-json", "dispatch-msgpack", "dispatch-protobuf", "stream", "local")
MANNERS = ("plain", "on a loop")


@pytest.fixture(scope="module")
def hub(depot: HubProcess) -> Iterator[Hub]:
    with Hub.direct(depot.url, mount="depot") as made:
        yield made


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, store: type) -> Iterator[Any]:
    """The service of a hub in this process, called by nobody in particular, as the others are."""
    from depots.depot.services import Depot, StoreInMemory

    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset())
    with hub_of(plugin_of(store, StoreInMemory, Depot, label="depot")), calling_as(STRANGER):
        yield functools.partial(get_service, store, channel="local")


@pytest.fixture
def called(hub: Hub, store: type, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """The service, over a channel."""

    def over(channel: str, *, timeout: float | None = None) -> Any:
        if channel == "local":
            return request.getfixturevalue("here")(timeout=timeout)
        return hub.service(store, channel=channel, timeout=timeout)

    return over


@pytest.fixture(params=CHANNELS)
def service(called: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    return called(request.param)


@pytest.fixture(params=MANNERS)
def manner(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """``manner(service, "fail", "not_found")``: the plain method, or on a loop the async one."""

    def plain(service: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
        return getattr(service, name)(*args, **kwargs)

    def on_a_loop(service: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
        method = getattr(service, f"a{name}", None) or async_form(service, name)
        return asyncio.run(method(*args, **kwargs))

    return plain if request.param == "plain" else on_a_loop


@pytest.fixture
def through(manner: Callable[..., Any], service: Any) -> Callable[..., Any]:
    return functools.partial(manner, service)


def async_form(service: Any, name: str) -> Callable[..., Any]:
    """What async code does with a method that the interface has in the plain form only."""
    invoker = getattr(service, "_hub_invoker", None)
    if invoker is None:
        return functools.partial(asyncio.to_thread, getattr(service, name))
    described = remote_service(type(service).__mro__[1]).methods[name]

    def acall(*args: Any, **kwargs: Any) -> Any:
        return invoker.acall(described, described.given(args, kwargs))

    return acall


def item() -> Any:
    from depots.depot.store import Item, Size

    part = Item("B/2 ü", Decimal("0.10"), Size.LARGE, notes={"é": -5, "big": 2**53})
    return Item(
        "A1",
        Decimal("19.99"),
        made=datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=UTC),
        id=UUID(int=2**100),
        photo=bytes(range(256)),
        parts=[part, Item("C3", Decimal("1e-7"))],
    )


def test_values_come_back_as_they_were(through: Callable[..., Any]) -> None:
    assert through("echo", item()) == item()
    assert through("echo", item=item()) == item()


def test_members_with_aliases_come_back_on_every_channel(through: Callable[..., Any]) -> None:
    from depots.depot.store import Label

    label = Label.model_validate({"from": "Ann", "size": 3, "paint": "red"})
    assert through("relabel", label) == label


def test_arguments_by_position_by_name_and_by_default(through: Callable[..., Any]) -> None:
    assert through("count", "x") == 6
    assert through("count", "x", 5) == 15
    assert through("count", name="x", times=1, step=7) == 7


def test_what_is_not_there_stays_away(through: Callable[..., Any]) -> None:
    assert through("nothing") is None
    assert through("maybe") is None
    assert through("maybe", "x") == "x"
    assert through("maybe", None) is None


@pytest.mark.parametrize("sku", ["A1", "../../health", "a/b?c=d#e", "ü ", "%2e", "a+b", "..a"])
def test_a_value_in_the_path_stays_in_its_segment(through: Callable[..., Any], sku: str) -> None:
    assert through("named", sku) == sku


def test_lists_and_flags(through: Callable[..., Any]) -> None:
    from depots.depot.store import Size

    assert through("listed", [], []) == []
    assert through("listed", ["a"], [1]) == ["a", "1"]
    assert through("listed", ["[", "null"], [], upper=True, size=Size.LARGE) == [
        "[",
        "NULL",
        "LARGE",
    ]
    assert through("listed", ["a", "b"], [1, 2], limit=3) == ["a", "b", "1"]


FAULTS: dict[str, tuple[type[Exception], str, str]] = {
    "not_found": (NotFound, "unknown_item", "No such item."),
    "conflict": (Conflict, "conflict", "Taken."),
    "forbidden": (Forbidden, "forbidden", "Not you."),
    "unauthenticated": (Unauthenticated, "unauthenticated", "Who?"),
    "bad_request": (BadRequest, "nonsense", "Nonsense."),
    "invalid": (InvalidInput, "invalid_input", "sku: too long"),
    "unavailable": (Unavailable, "unavailable", "Closed."),
    "undeclared": (InternalError, "internal_error", ""),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_keeps_class_code_and_message(through: Callable[..., Any], kind: str) -> None:
    expected, code, message = FAULTS[kind]
    with pytest.raises(HubError) as raised:
        through("fail", kind)
    error = raised.value
    assert (type(error), error.code, error.status) == (expected, code, expected.default_status)
    assert error.message == message or not message
    assert "a secret" not in str(error)


def test_what_else_a_fault_says(through: Callable[..., Any]) -> None:
    with pytest.raises(Conflict) as conflict:
        through("fail", "conflict")
    assert conflict.value.detail == {"by": ["ada"]}
    with pytest.raises(NotFound) as missing:
        through("fail", "not_found")
    assert missing.value.hint == "Look again."
    with pytest.raises(InvalidInput) as invalid:
        through("fail", "invalid")
    assert [(each.field, each.code) for each in invalid.value.errors] == [("sku", "length")]


@pytest.mark.parametrize("channel", [each for each in CHANNELS if each != "stream"])
def test_when_to_try_again_is_told(called: Callable[..., Any], channel: str) -> None:
    with pytest.raises(Unavailable) as closed:
        called(channel).fail("unavailable")
    assert closed.value.headers["Retry-After"] == "3"


def test_own_classes_of_the_service(through: Callable[..., Any]) -> None:
    from depots.depot.store import SoldOut, TooHeavy

    with pytest.raises(SoldOut) as sold:
        through("fail", "sold_out")
    assert sold.value.args == ("A1", 3)
    with pytest.raises(TooHeavy) as heavy:
        through("fail", "too_heavy")
    assert (heavy.value.code, heavy.value.detail) == ("too_heavy", {"tons": 3})


def test_arguments_of_the_wrong_kind(through: Callable[..., Any]) -> None:
    with pytest.raises(InvalidInput) as raised:
        through("fail", 5)
    assert raised.value.errors[0].field == "kind"
    with pytest.raises(TypeError, match=r"Store\.count\(\): missing a required argument: 'name'"):
        through("count")
    with pytest.raises(TypeError, match="unexpected keyword argument 'nmae'"):
        through("count", "x", nmae="x")
    with pytest.raises(TypeError, match=r"Store\.heard\(\): got an unexpected keyword .* 'caller'"):
        through("heard", caller="ada")


def test_no_credentials_and_too_few(through: Callable[..., Any]) -> None:
    for method in ("heard", "write"):
        with pytest.raises(Unauthenticated) as raised:
            through(method)
        assert raised.value.code == "unauthenticated"


def test_the_operations_own_deadline(through: Callable[..., Any]) -> None:
    with pytest.raises(DeadlineExceeded) as raised:
        through("slow", 1.0)
    assert raised.value.code == "deadline_exceeded"


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_callers_deadline(
    called: Callable[..., Any], manner: Callable[..., Any], channel: str
) -> None:
    with pytest.raises(DeadlineExceeded) as raised:
        manner(called(channel, timeout=0.2), "sleep", 1.0)
    assert raised.value.code == "deadline_exceeded"


@pytest.mark.parametrize("channel", CHANNELS)
def test_only_local_takes_objects_as_they_are(called: Callable[..., Any], channel: str) -> None:
    from depots.depot.store import Item

    broken: Any = Item("A1", price="cheap")  # type: ignore[arg-type]
    for method, value in (("echo", broken), ("anything", object())):
        if channel == "local":
            assert getattr(called(channel), method)(value) is value
        else:
            with pytest.raises(HubError) as raised:
                getattr(called(channel), method)(value)
            assert raised.value.code == "not_encodable"


def test_a_result_that_breaks_its_type(through: Callable[..., Any]) -> None:
    with pytest.raises(InternalError):
        through("wrong")
