"""A plugin with schedules, as an engine for tests in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.operations import switches
from hub.operations.engine import Engine
from hub.sdk import action, allow_all, cron, every
from tests.registry.catalogs import engine_of, plugin


@action(every(minutes=5), access=allow_all)
async def sweep(rooms: int = 1) -> str:
    """Sweep."""
    return f"{rooms} swept"


@action(every(hours=1, arguments={"soap": "mild"}), cron("0 6 * * 1", arguments={"soap": "strong"}))
def wash(soap: str) -> str:
    return f"washed with {soap}"


@action(cron("0 25 * * *"))
def never() -> None: ...


@action(every(seconds=30))
def burn() -> None:
    raise RuntimeError("the pan is on fire")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    switches.forget()
    yield
    switches.forget()


@pytest.fixture
def house() -> Engine:
    return engine_of(plugin("house", sweep, wash, never, burn))
