"""A clock that tests move, an empty cache, and ``rest`` to call an action over HTTP."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from hub.operations import caching, switches
from hub.operations.operation import Operation
from hub.operations.pipeline import invoke
from hub.operations.threads import stop_threads
from hub.sdk.callers import ANONYMOUS, Caller
from hub.web.lane.envelope import Envelope
from hub.web.rest import actions
from hub.web.rest.actions import ActionsApp
from hub.web.rest.routes import RouteTable
from tests.lane.driver import Answer, Request

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"

Rest = Callable[..., Awaitable[Answer]]


class Clock:
    """Seconds since 1970 as the cached answers see them."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


class Visitor:
    """Who calls over ``rest``."""

    caller: Caller = ANONYMOUS


@pytest.fixture(autouse=True)
def _no_waiting(no_stored_settings: None) -> None:
    """Calls don't wait for the database."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(caching, "time", made)
    return made


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Visitor:
    made = Visitor()

    async def caller_of(scope: Mapping[str, Any]) -> Caller:
        return made.caller

    monkeypatch.setattr(actions, "caller_of", caller_of)
    return made


@pytest.fixture
def rest(visitor: Visitor) -> Rest:
    """``await rest(operation, **request)`` at the operation's first route."""

    async def made(operation: Operation, **request: Any) -> Answer:
        async def nothing(scope: Any, receive: Any, send: Any) -> None:
            raise AssertionError("no operation was found")

        application = Envelope(ActionsApp(lambda: RouteTable([operation]), otherwise=nothing))
        return await Request(operation.routes[0].path, **request).to(application)

    return made


@pytest.fixture
def switched_off(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    off: set[str] = set()

    async def aoff() -> frozenset[str]:
        return frozenset(off)

    monkeypatch.setattr(switches, "aoff", aoff)
    return off


@pytest.fixture(autouse=True)
def _fresh(switched_off: set[str], settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": LOCMEM, "LOCATION": uuid4().hex}}
    yield
    assert not caching._under_way, "an answer is still said to be under way"
    assert stop_threads(), "a thread did not end"


async def ask(operation: Operation, /, *, caller: Caller = ANONYMOUS, **arguments: Any) -> Any:
    """The result, as GraphQL, the command line and the admin get it."""
    return await invoke(operation, caller=caller, arguments=arguments, transport="test")


def named(name: str, *, user_id: int = 1, **more: Any) -> Caller:
    return Caller(kind="token", user_id=user_id, username=name, **more)
