"""The life of components: in order, told of, and decisive for the calls of their services."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from hub.health.outcomes import outcome_of
from hub.loader.catalog import Contribution
from hub.operations.services.states import component_states
from hub.operations.threads import run_in_thread
from hub.runtime.declared import known_parts
from hub.runtime.models import ComponentRow
from hub.runtime.process import Runtime
from hub.sdk import (
    Component,
    ComponentState,
    Health,
    Status,
    Unavailable,
    action,
    allow_all,
    component,
    get_service,
    implementation,
    method,
    service,
)
from hub.sdk.runtime import LifespanDeclaration
from tests.local_calls.conftest import USER, calling_as, hub_of, judged, plugin_of
from tests.runtime.kitchens import until

pytestmark = pytest.mark.django_db(transaction=True)


class Diary(list[str]):
    """What happened, in order."""


DIARY = Diary()
GO_ON = threading.Event()


@service
class Till:
    async def count(self) -> int: ...  # type: ignore[empty-body]

    @method(timeout=30)
    async def slow(self) -> str: ...  # type: ignore[empty-body]


@implementation(Till)
class Drawer(Till):
    async def count(self) -> int:
        return 7

    async def slow(self) -> str:
        DIARY.append("a call begins")
        while not GO_ON.is_set():  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.01)
        DIARY.append("a call ends")
        return "done"


@component(services=[Till])
class Shop(Component):
    def startup(self) -> None:
        DIARY.append("shop starts")

    async def shutdown(self) -> None:
        DIARY.append(f"shop stops, {self.state}")

    def get_health(self) -> Health:
        return Health(Status.DEGRADED, "dusty")


@component()
class Yard(Component):
    async def startup(self) -> None:
        DIARY.append("yard starts")

    def shutdown(self) -> None:
        DIARY.append("yard stops")


@component()
class Ruin(Component):
    def startup(self) -> None:
        raise OSError("no roof")


@pytest.fixture(autouse=True)
def _anew() -> None:
    DIARY.clear()
    GO_ON.clear()


async def lifespan() -> AsyncIterator[None]:
    DIARY.append("lifespan starts")
    yield
    DIARY.append("lifespan stops")


def with_lifespan(*members: Any) -> Any:
    plugin = plugin_of(*members)
    entry = Contribution(
        "lifespan", "shop.lifespan", "shop.runtime", LifespanDeclaration(function=lifespan)
    )
    return replace(plugin, contributions=(entry, *plugin.contributions))


async def state_in_the_rows(name: str, state: str) -> ComponentRow:
    async with asyncio.timeout(30):
        while True:
            rows = await run_in_thread(lambda: list(ComponentRow.objects.filter(component=name)))
            if rows and rows[0].state == state:
                return rows[0]
            await asyncio.sleep(0.05)


def health_of(name: str) -> Any:
    from hub.health.declared import known_checks

    return known_checks()[name]


async def test_components_live_within_the_lifespan_in_order() -> None:
    with hub_of(with_lifespan(Till, Drawer, Shop, Yard)):
        assert component_states().now("shop").state is ComponentState.VIRGIN
        runtime = Runtime(known_parts())
        await runtime.start()
        assert {name: component_states().now(name).state for name in ("shop", "yard")} == {
            "shop": ComponentState.RUNNING,
            "yard": ComponentState.RUNNING,
        }
        await state_in_the_rows("shop", "RUNNING")
        assert (await outcome_of(health_of("shop.shop"))).status is Status.DEGRADED
        with calling_as(USER):
            assert await get_service(Till).count() == 7
        await runtime.stop()
        assert component_states().now("shop").state is ComponentState.STOPPED
        with calling_as(USER), pytest.raises(Unavailable, match="component 'shop' has stopped"):
            await get_service(Till).count()
        assert (await outcome_of(health_of("shop.shop"))).status is Status.DOWN
    assert [
        *("lifespan starts", "shop starts", "yard starts"),
        *("yard stops", "shop stops, DRAINING", "lifespan stops"),
    ] == DIARY


async def test_without_a_start_services_are_called_and_the_health_is_unknown() -> None:
    with hub_of(Till, Drawer, Shop), calling_as(USER):
        assert await get_service(Till).count() == 7
        assert (await outcome_of(health_of("shop.shop"))).status is Status.UNKNOWN


async def test_it_stops_when_the_calls_under_way_have_ended() -> None:
    with hub_of(Till, Drawer, Shop):
        runtime = Runtime(known_parts())
        await runtime.start()
        with calling_as(USER):
            call = asyncio.create_task(get_service(Till).slow())
        await until(lambda: "a call begins" in DIARY)
        stopping = asyncio.create_task(runtime.stop())
        await until(lambda: component_states().now("shop").state is ComponentState.DRAINING)
        GO_ON.set()
        assert await call == "done"
        await stopping
    assert DIARY[-2:] == ["a call ends", "shop stops, DRAINING"]


async def test_one_that_fails_to_start_is_told_and_stops_the_others() -> None:
    with hub_of(Till, Drawer, Shop, Ruin):
        runtime = Runtime(known_parts())
        await runtime.start()
        now = component_states().now("ruin")
        assert now.state is ComponentState.FAILED
        assert now.error == "The component 'ruin' did not start: OSError: no roof"
        assert "raise OSError" in now.trace
        assert "The component 'ruin' did not start" in runtime.failed["shop"]
        assert component_states().now("shop").state is ComponentState.STOPPED
        row = await state_in_the_rows("ruin", "FAILED")
        assert row.error == now.error
        await runtime.stop()


async def test_switched_off_and_on_it_stops_and_starts(switched_off: set[str]) -> None:
    with hub_of(Till, Drawer, Shop):
        runtime = Runtime(known_parts())
        await runtime.start()
        switched_off.add("shop")
        await state_in_the_rows("shop", "STOPPED")
        switched_off.clear()
        await state_in_the_rows("shop", "RUNNING")
        await runtime.stop()
    assert [*("shop starts", "shop stops, DRAINING") * 2] == DIARY


def test_its_methods_are_no_operations() -> None:
    @action(access=allow_all)
    def greet() -> str:
        return "hello"

    with hub_of(Till, Drawer, Shop, greet) as hub:
        assert sorted(hub.operations.by_name) == ["shop.greet", "shop.till.count", "shop.till.slow"]


def test_only_its_own_health_is_a_check() -> None:
    plugin = judged(plugin_of(Till, Drawer, Shop, Yard))["shop"]
    assert [entry.name for entry in plugin.contributed("health_check")] == ["shop.shop"]
