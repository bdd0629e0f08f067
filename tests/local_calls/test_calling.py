"""``get_service``: called like an object, decided like a call."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

import pytest

from hub.operations.pipeline import invoke, invoke_sync
from hub.sdk import (
    CallContext,
    Caller,
    Forbidden,
    Injected,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
    action,
    allow_all,
    get_service,
    implementation,
    method,
    requires_scope,
    service,
)
from hub.wire.errors import DeadlineExceeded
from tests.local_calls.conftest import STRANGER, USER, calling_as, hub_of, plugin_of

RELEASED = threading.Event()


@dataclass
class Item:
    sku: str
    left: int = 0


@service
class Shelf:
    """What is on the shelf."""

    def item(self, sku: str, *, left: int = 3) -> Item:
        """One item."""
        raise NotImplementedError

    async def count(self, items: list[Item]) -> int: ...  # type: ignore[empty-body]

    @method(access=requires_scope("write"))
    def put(self, item: Item) -> None: ...

    @method(access=allow_all)
    def who(self, caller: Caller, context: CallContext) -> str:
        raise NotImplementedError

    def thread(self) -> int:
        raise NotImplementedError

    def down(self, depth: int) -> int:
        raise NotImplementedError

    @method(timeout=0.05)
    def slow(self) -> None: ...


@implementation(Shelf)
class ShelfInMemory(Shelf):
    def item(self, sku: str, *, left: int = 99) -> Item:
        return Item(sku, left)

    async def count(self, items: list[Item]) -> int:
        await asyncio.sleep(0)
        return sum(item.left for item in items)

    def put(self, item: Item) -> None:
        self.last = item

    def who(self, caller: Caller, context: CallContext) -> str:
        return f"{caller.username} {context.operation} {context.transport} {context.request_id}"

    def thread(self) -> int:
        return threading.get_ident()

    def down(self, depth: int) -> int:
        return depth and 1 + get_service(Shelf).down(depth - 1)

    def slow(self) -> None:
        RELEASED.wait(20)


@action(access=allow_all)
def ask(sku: str) -> Item:
    return get_service(Shelf).item(sku)


def test_a_service_is_called_like_an_object_of_its_interface() -> None:
    with hub_of(Shelf, ShelfInMemory):
        shelf = get_service(Shelf)
        assert isinstance(shelf, Shelf)
        assert shelf.item("A1") == Item("A1", 3)  # the interface's default
        assert shelf.item("A1", left=7) == shelf.item(sku="A1", left=7) == Item("A1", 7)
        assert repr(shelf) == "<service Shelf>"


async def test_async_methods_are_awaited() -> None:
    with hub_of(Shelf, ShelfInMemory), calling_as(USER):
        assert await get_service(Shelf).count([Item("A", 2), Item("B", 3)]) == 5


async def test_plain_methods_wait_so_async_code_calls_them_in_a_thread() -> None:
    with hub_of(Shelf, ShelfInMemory), calling_as(USER):
        with pytest.raises(RuntimeError, match=r"Shelf\.item is plain and waits.*to_thread"):
            get_service(Shelf).item("A1")
        assert await asyncio.to_thread(get_service(Shelf).item, "A1") == Item("A1", 3)


def test_wrong_arguments_are_told_like_those_of_a_call() -> None:
    with hub_of(Shelf, ShelfInMemory):
        shelf = get_service(Shelf)
        with pytest.raises(TypeError, match=r"Shelf\.item\(\): missing a required argument: 'sku'"):
            shelf.item()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
            shelf.item("A1", colour="red")  # type: ignore[call-arg]
        with pytest.raises(InvalidInput, match="left: Input should be a valid integer"):
            shelf.item("A1", left="many")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"Shelf\.who\(\): too many positional arguments"):
            shelf.who(USER, None)  # type: ignore[arg-type]


def test_access_is_decided_for_the_current_caller() -> None:
    writer = Caller(kind="token", username="bob", scopes=frozenset({"write"}))
    with hub_of(Shelf, ShelfInMemory):
        with calling_as(USER), pytest.raises(Forbidden):
            get_service(Shelf).put(Item("A1"))
        with calling_as(STRANGER), pytest.raises(Unauthenticated):
            get_service(Shelf).item("A1")
        with calling_as(writer):
            get_service(Shelf).put(Item("A1"))
        get_service(Shelf).put(Item("A1"))  # outside of any call: the hub itself


def test_the_caller_is_filled_in_and_the_call_is_told_of() -> None:
    with hub_of(Shelf, ShelfInMemory), calling_as(USER):
        who = get_service(Shelf).who()  # type: ignore[call-arg]
    assert who == "ada shop.shelf.who local r-1"


def test_within_a_call_plain_methods_run_in_the_same_thread_however_deep() -> None:
    with hub_of(Shelf, ShelfInMemory), calling_as(USER, seconds=5):
        assert get_service(Shelf).thread() == threading.get_ident()
        assert get_service(Shelf).down(20) == 20


def test_the_remaining_deadline_holds_and_so_does_the_methods_own() -> None:
    with hub_of(Shelf, ShelfInMemory):
        with calling_as(USER, seconds=0), pytest.raises(DeadlineExceeded):
            get_service(Shelf).item("A1")
        with calling_as(USER), pytest.raises(DeadlineExceeded):
            get_service(Shelf).slow()  # would end well in 20 s
        RELEASED.set()


async def test_an_action_calls_on_behalf_of_its_caller() -> None:
    with hub_of(Shelf, ShelfInMemory, ask) as hub:
        operation = hub.operation("shop.ask")
        found = await invoke(operation, caller=USER, arguments={"sku": "A"}, transport="test")
        assert found == Item("A", 3)
        with pytest.raises(Unauthenticated):
            await invoke(operation, caller=STRANGER, arguments={"sku": "A"}, transport="test")


def test_services_are_injected_by_their_interface() -> None:
    @action(access=allow_all)
    def injected(shelf: Injected[Shelf], own: Injected[ShelfInMemory]) -> list[str]:
        return [repr(shelf), type(own).__name__, shelf.item("A1").sku]

    with hub_of(Shelf, ShelfInMemory, injected) as hub:
        operation = hub.operation("shop.injected")
        found = invoke_sync(operation, caller=USER, arguments={}, transport="test")
    assert found == ["<service Shelf>", "ShelfInMemory", "A1"]


def test_what_is_no_service_or_not_here_is_told() -> None:
    @service(name="other")
    class Other:
        def nothing(self) -> None: ...

    with hub_of(Shelf, ShelfInMemory):
        with pytest.raises(TypeError, match="ShelfInMemory is no service"):
            get_service(ShelfInMemory)
        with pytest.raises(NotFound, match=r"The service 'other' is not in this hub"):
            get_service(Other)
        with pytest.raises(NotFound, match=r"no implementation with the qualifier 'x'; there is:"):
            get_service(Shelf, qualifier="x")
    with hub_of(Shelf), pytest.raises(Unavailable, match="Nothing implements the service 'shelf'"):
        get_service(Shelf)


def test_qualifiers_choose_among_implementations() -> None:
    @implementation(Shelf, qualifier="empty")
    class Empty(ShelfInMemory):
        def item(self, sku: str, *, left: int = 0) -> Item:
            return Item("none", left)

    @action(access=allow_all)
    def both(shelf: Injected[Shelf]) -> str:
        return shelf.item("A1").sku

    with hub_of(Shelf, ShelfInMemory, Empty, both) as hub:
        assert get_service(Shelf, qualifier="empty").item("A1").sku == "none"
        assert get_service(Shelf).item("A1").sku == "A1"
        assert invoke_sync(hub.operation("shop.both"), caller=USER, arguments={}, transport="t")
        assert "shop.shelf.empty.item" in hub.operations.by_name


def test_a_test_replaces_the_implementation() -> None:
    class Fake:
        def item(self, sku: str, left: int) -> Item:
            return Item("fake", left)

    with hub_of(Shelf, ShelfInMemory) as hub, hub.container.override(ShelfInMemory, Fake()):
        assert get_service(Shelf).item("A1") == Item("fake", 3)


def test_a_plugin_that_is_off_is_not_called(switched_off: set[str]) -> None:
    with hub_of(Shelf, ShelfInMemory):
        shelf = get_service(Shelf)
        switched_off.add("shop")
        time.sleep(0.5)
        for frame in (calling_as(USER), calling_as(STRANGER)):
            with frame, pytest.raises(Unavailable, match="switched off"):
                shelf.item("A1")


def test_the_interface_of_another_plugin() -> None:
    first = plugin_of(Shelf, label="first")
    second = plugin_of(ShelfInMemory, label="second", requires=("first",))
    with hub_of(first, second) as hub:
        assert get_service(Shelf).item("A1") == Item("A1", 3)
        assert "second.shelf.item" in hub.operations.by_name
