"""Pages of actions made on the spot: ``visit`` shows one, with templates written by the test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.operations import switches
from hub.operations.threads import stop_threads
from hub.sdk.callers import ANONYMOUS, Caller
from hub.web.lane.envelope import Envelope
from hub.web.pages import app
from hub.web.pages.app import PagesApp, page_table
from tests.lane.driver import Answer, Request
from tests.operations.conftest import operations_of

Visit = Callable[..., Awaitable[Answer]]


class Visitor:
    """Who visits: what ``caller_of`` makes of every request. ``None`` leaves it alone."""

    caller: Caller | None = ANONYMOUS


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Visitor:
    made = Visitor()
    real = app.caller_of

    async def caller_of(scope: Mapping[str, Any]) -> Caller:
        return await real(scope) if made.caller is None else made.caller

    monkeypatch.setattr(app, "caller_of", caller_of)
    return made


@pytest.fixture
def templates(tmp_path: Path, settings: Any) -> Path:
    """The folder of the plugin ``shop``'s templates."""
    folder = tmp_path / "templates" / "shop"
    folder.mkdir(parents=True)
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], folder.parent]}]
    return folder


@pytest.fixture
def visit(visitor: Visitor) -> Visit:
    """``await visit(action, path, **request)`` below ``/pages/shop``."""

    async def made(function: Callable[..., Any], path: str, **request: Any) -> Answer:
        operations = operations_of(function)
        assert not operations.refused, operations.refused
        application = Envelope(PagesApp(lambda: page_table(operations)))
        return await Request(f"/pages/shop{path}", **request).to(application)

    return made


@pytest.fixture
def switched_off(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    off: set[str] = set()

    async def aoff() -> frozenset[str]:
        return frozenset(off)

    monkeypatch.setattr(switches, "aoff", aoff)
    return off


@pytest.fixture(autouse=True)
def _fresh(switched_off: set[str]) -> Iterator[None]:
    yield
    assert stop_threads(), "a thread did not end"
