"""``get_service``: streams of services in the same process."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import Any

import pytest

from hub.operations.engine import Engine
from hub.sdk import HubError, action, allow_all, every, get_service, implementation, page, service
from hub.sdk.trail import running_call
from hub.wire.errors import DeadlineExceeded, InternalError
from tests.local_calls.conftest import USER, calling_as, failures_of, hub_of, plugin_of
from tests.streaming import rivers


async def test_async_code_iterates(hub: Engine) -> None:
    with calling_as(USER):
        river = get_service(rivers.River)
        assert [each async for each in river.drops(3)] == [0, 1, 2]
        drops: Any = river.drops(count=1000)
        async with aclosing(drops):
            assert await anext(drops) == 0
        assert rivers.made == [0, 1, 2, 0]
    assert rivers.ended == ["drops", "drops"]


def test_sync_code_iterates_in_its_own_thread(hub: Engine) -> None:
    with calling_as(USER):
        stones: Any = get_service(rivers.River).stones(1000)
        with closing(stones):
            assert list(itertools.islice(stones, 3)) == ["0", "1", "2"]
    assert rivers.made == [0, 1, 2]
    assert set(rivers.threads) == {threading.get_ident()}
    assert rivers.ended == ["stones"]


def test_errors_and_deadlines_hold_in_sync_code(hub: Engine) -> None:
    with calling_as(USER):
        river = get_service(rivers.River)
        for how, kind in (("known", rivers.Drought), ("unknown", InternalError)):
            found = []
            with pytest.raises(kind):
                for each in river.jams(2, how):
                    found.append(each)
            assert found == [0, 1]
        threading.Timer(0.5, rivers.unjam.set).start()
        with pytest.raises(HubError):
            list(river.jams(0, "hangs"))
    with calling_as(USER, seconds=0.0), pytest.raises(DeadlineExceeded):
        list(river.stones(1))


def test_the_code_between_results_is_the_callers_own(hub: Engine) -> None:
    with calling_as(USER):
        outer = running_call.get()
        for _ in get_service(rivers.River).stones(2):
            assert running_call.get() is outer
        assert running_call.get() is outer


async def test_sync_streams_do_not_run_on_an_event_loop(hub: Engine) -> None:
    with pytest.raises(RuntimeError, match="thread"):
        next(iter(get_service(rivers.River).stones(1)))
    found = await asyncio.to_thread(lambda: list(get_service(rivers.River).stones(1)))
    assert found == ["0"]


@action(every(minutes=1), access=allow_all)
def scheduled() -> Iterator[int]:
    yield 1


@action(page(), access=allow_all)
def shown() -> Iterator[int]:
    yield 1


@action(access=allow_all)
def mistyped() -> list[int]:
    yield 1  # type: ignore[misc]


@action(access=allow_all)
async def forgotten() -> AsyncIterator[int]:  # type: ignore[empty-body]
    ...


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (scheduled, "a schedule has nobody to take them"),
        (shown, "a page shows a result as a whole"),
        (mistyped, "annotated Iterator"),
        (forgotten, "'async def' and returns AsyncIterator"),
    ],
)
def test_what_can_not_stream_is_refused_with_the_reason(function: Any, reason: str) -> None:
    with hub_of(function) as hub:
        (refused,) = hub.operations.refused
        assert reason in refused.reason


def test_an_implementation_streams_as_its_interface_does() -> None:
    @service
    class Lake:
        def fish(self) -> AsyncIterator[int]: ...

    @implementation(Lake)
    class Baikal(Lake):
        def fish(self) -> Iterator[int]:  # type: ignore[override]
            yield 1

    (failure,) = failures_of(plugin_of(Lake, Baikal))
    assert "it is a generator, and the interface's is an async generator" in failure
