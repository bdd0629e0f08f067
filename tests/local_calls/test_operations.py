"""Methods of services are operations: all that holds for actions holds for them."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.loader.catalog import Contribution
from hub.loader.injection.provisions import provision_of
from hub.operations.operation import Operation
from hub.operations.pipeline import answer, invoke, invoke_sync
from hub.registry.declared import component_rows, operation_rows, service_rows
from hub.sdk import (
    Component,
    Example,
    Injected,
    Unauthenticated,
    action,
    allow_all,
    component,
    every,
    get,
    get_service,
    implementation,
    method,
    page,
    post,
    provided,
    requires_scope,
    service,
    ttl,
)
from hub.testing.example_items import file_of
from hub.wire.errors import HubError, InvalidInput
from tests.local_calls.conftest import STRANGER, USER, calling_as, hub_of, plugin_of
from tests.operations.test_types import CASES


def of_type(hint: Any, seen: list[Any]) -> tuple[type, type]:
    """A service with one method that keeps and returns its value, and its implementation."""

    class Keeping:
        def keep(self, value: Any) -> Any: ...

    Keeping.keep.__annotations__ = {"value": hint, "return": hint}

    class Kept(service(access=allow_all)(Keeping)):  # type: ignore[misc]
        def keep(self, value: Any) -> Any:
            seen.append(value)
            return value

    return Keeping, implementation(Keeping)(Kept)


@pytest.mark.parametrize(("hint", "document", "value"), CASES, ids=lambda entry: repr(entry)[:40])
def test_a_value_makes_the_round_trip_from_outside_and_from_inside(
    hint: Any, document: Any, value: Any
) -> None:
    seen: list[Any] = []
    interface, owner = of_type(hint, seen)
    with hub_of(interface, owner) as hub:
        operation = hub.operation("shop.keeping.keep")
        body = json.dumps({"value": document}).encode()
        result = invoke_sync(operation, caller=USER, arguments=body, transport="test")
        assert json.loads(operation.output.to_json(result)) == document
        with calling_as(USER):
            assert get_service(interface).keep(value) == value
    assert seen == [value, value]
    assert {type(each) for each in seen} == {type(value)}


class Counted:
    calls = 0


class Thing:
    """Nothing that JSON can hold."""


@service(access=requires_scope("read"), timeout=7)
class Desk:
    """A desk."""

    @get("/items/{sku}")
    @post()
    def item(self, sku: str, amount: int = 1) -> str:
        """One item.

        And more.
        """
        raise NotImplementedError

    @method(every(minutes=5), page(), access=allow_all, timeout=0.1, description="Told.")
    async def tell(self) -> str: ...  # type: ignore[empty-body]

    @method(
        cache=ttl(60),
        access=allow_all,
        examples=[Example("two", {"number": 2}, result=4)],
    )
    @get("twice")
    def double(self, number: int) -> int:
        raise NotImplementedError

    def broken(self, thing: Thing) -> int:
        raise NotImplementedError


@implementation(Desk)
class Oak(Desk):
    def __init__(self, counted: Injected[Counted]) -> None:
        self.counted = counted

    def item(self, sku: str, amount: int = 1) -> str:
        return f"{amount} {sku}"

    async def tell(self) -> str:
        return "told"

    def double(self, number: int) -> int:
        self.counted.calls += 1
        return 2 * number

    def broken(self, thing: Thing) -> int:
        return 1


Oak.__init__.__annotations__ = {"counted": Injected[Counted]}


@service(name="two-words", path="/elsewhere")
class Second:
    @get()
    def item(self) -> int:
        raise NotImplementedError


@implementation(Second)
class SecondHand(Second):
    def item(self) -> int:
        return 2


def counted_hub() -> Any:
    provision = provision_of(provided(Counted, scope="app"), plugin="shop", module="shop.providers")
    plugin = plugin_of(Desk, Oak, Second, SecondHand)
    entry = Contribution("provider", "shop.Counted", "shop.providers", provision)
    return hub_of(replace(plugin, contributions=(*plugin.contributions, entry)))


def test_an_operation_says_what_the_interface_says() -> None:
    with counted_hub() as hub:
        item, tell = hub.operation("shop.desk.item"), hub.operation("shop.desk.tell")
        assert (item.plugin, item.service, item.summary) == ("shop", "desk", "One item.")
        assert (item.access.describe(), item.timeout, item.is_async) == ("scope read", 7, False)
        assert [(route.method, route.path) for route in item.routes] == [
            ("GET", "/api/shop/desk/items/{sku}"),
            ("POST", "/api/shop/desk/item"),
        ]
        assert list(item.input.parameters) == ["sku", "amount"]
        assert item.input.json_schema["properties"]["amount"]["default"] == 1
        assert (tell.description, tell.timeout, tell.is_async) == ("Told.", 0.1, True)
        assert tell.access is allow_all
        assert [each.seconds for each in tell.schedules] == [300]
        assert [(each.path, each.template) for each in tell.pages] == [
            ("/pages/shop/desk/tell", "shop/desk_tell.html")
        ]
        double = hub.operation("shop.desk.double")
        assert [route.path for route in double.routes] == ["/api/shop/desk/twice"]
        assert [example.name for example in double.examples] == ["two"]


async def test_access_validation_and_errors_are_those_of_actions() -> None:
    async def call(operation: Operation, body: bytes, **more: Any) -> Any:
        caller = more.pop("caller", USER)
        return await invoke(operation, caller=caller, arguments=body, transport="test")

    with counted_hub() as hub:
        item = hub.operation("shop.desk.item")
        assert await call(item, b'{"sku": "A1"}') == "1 A1"
        with pytest.raises(Unauthenticated):
            await call(item, b"{broken", caller=STRANGER)
        with pytest.raises(InvalidInput, match="amount: Input should be"):
            await call(item, b'{"sku": "A1", "amount": "many"}')
        with pytest.raises(InvalidInput, match="hub_implementation: there is no such field"):
            await call(item, b'{"sku": "A1", "hub_implementation": 1}')
        with pytest.raises(HubError) as caught:
            await call(item, b"{broken")
        assert caught.value.code == "invalid_json"
        assert await call(hub.operation("shop.desk.tell"), b"", caller=STRANGER) == "told"


async def test_answers_are_kept_as_the_interface_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with counted_hub() as hub:
        operation = hub.operation("shop.desk.double")
        body = json.dumps({"number": int(time.time_ns() % 10**6)}).encode()
        for _ in range(3):
            await answer(operation, caller=STRANGER, arguments=body, transport="test")
        counted = await hub.container.aget(Counted)
        assert counted.calls == 1


def test_examples_are_found_where_the_service_is() -> None:
    with counted_hub() as hub:
        assert file_of(hub.operation("shop.desk.double").function) == Path(__file__).resolve()


def test_what_can_not_be_described_is_left_out_alone() -> None:
    with counted_hub() as hub:
        (refused,) = hub.operations.refused
        assert refused.name == "shop.desk.broken"
        assert "the parameter 'thing' is of type Thing" in refused.reason
        with pytest.raises(HubError, match=r"shop\.desk\.broken is left out"), calling_as(USER):
            get_service(Desk).broken(1)


def test_names_that_documents_can_not_tell_apart_are_refused() -> None:
    @action(access=allow_all)
    def two_words_item() -> int:
        return 1

    with hub_of(Second, SecondHand, two_words_item) as hub:
        (refused,) = hub.operations.refused
        assert refused.name == "shop.two_words.item"
        assert "too much like that of shop.two_words_item" in refused.reason


def test_rows_of_services_components_and_operations() -> None:
    @action(access=allow_all)
    def greet() -> str:
        return "hello"

    plugin = plugin_of(Second, SecondHand, greet, version="1.5")

    @component(services=[Second], channels=("rest", "local"), version="2.0")
    class Shelf(Component):
        """Where it is."""

    with hub_of(plugin_of(Second, SecondHand, Shelf, greet, version="1.5")) as hub:
        assert service_rows(hub).keys() == {"shop", "two-words"}
        rows = component_rows(hub)
        assert rows["shelf"] == {
            "plugin_id": "shop",
            "summary": "Where it is.",
            "version": "2.0",
            "services": ["two-words"],
            "channels": ["rest", "local"],
        }
        assert (rows["shop"]["services"], rows["shop"]["version"]) == (["shop"], "1.5")
        assert operation_rows(hub)["shop.two_words.item"]["service_id"] == "two-words"
        assert operation_rows(hub)["shop.greet"]["service_id"] == "shop"
    with hub_of(plugin) as hub:
        assert component_rows(hub)["shop"]["services"] == ["shop", "two-words"]
