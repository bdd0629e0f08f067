"""One run of one check: whatever it does, there is an outcome within the deadline."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from hub.health.declared import DeclaredCheck
from hub.health.outcomes import OUTPUT_BYTES, outcome_of, storable
from hub.sdk import Health, Status, Unavailable, health_check
from hub.sdk.health import health_declaration_of
from hub.wire.errors import DeadlineExceeded


def declared(function: Any, *, timeout: float = 5.0) -> DeclaredCheck:
    declaration = health_declaration_of(health_check(name="it", timeout=timeout)(function))
    assert declaration is not None
    return DeclaredCheck("kitchen.it", "kitchen", declaration)


@pytest.mark.parametrize(
    ("answer", "status", "output"),
    [
        (None, Status.UP, ""),
        (Status.DEGRADED, Status.DEGRADED, ""),
        (Health(Status.MAINTENANCE, "Cleaning."), Status.MAINTENANCE, "Cleaning."),
        (True, Status.DOWN, "It returned bool, not None, a Status or a Health."),
        ("UP", Status.DOWN, "It returned str, not None, a Status or a Health."),
        (Health("GREAT"), Status.DOWN, "It returned Health, not None, a Status or a Health."),  # type: ignore[arg-type]
    ],
)
async def test_only_the_closed_set_of_answers_counts(
    answer: Any, status: Status, output: str
) -> None:
    async def plain() -> Any:
        return answer

    for function in (plain, lambda: answer):
        outcome = await outcome_of(declared(function))
        assert (outcome.status, outcome.output) == (status, output)
        assert outcome.duration >= 0


@pytest.mark.parametrize(
    ("error", "output"),
    [
        (ValueError("the pan is hot"), "ValueError: the pan is hot"),
        (TimeoutError(), "TimeoutError"),
        (DeadlineExceeded("Its own."), "DeadlineExceeded: Its own."),
        (Unavailable("Gone."), "Unavailable: Gone."),
    ],
)
async def test_what_a_check_raises_is_down(error: Exception, output: str) -> None:
    def sync_one() -> None:
        raise error

    async def async_one() -> None:
        raise error

    for function in (sync_one, async_one):
        outcome = await outcome_of(declared(function))
        assert (outcome.status, outcome.output) == (Status.DOWN, output)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
async def test_not_even_an_exit_gets_out(error: BaseException) -> None:
    def sync_one() -> None:
        raise error

    async def async_one() -> None:
        raise error

    for function in (sync_one, async_one):
        assert (await outcome_of(declared(function))).status is Status.DOWN


async def test_a_check_that_cancels_itself_is_down() -> None:
    async def odd() -> None:
        raise asyncio.CancelledError

    assert (await outcome_of(declared(odd))).status is Status.DOWN


async def test_a_hanging_async_check_is_cut_even_if_it_ignores_its_cancellation() -> None:
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    check = declared(stubborn, timeout=0.05)
    outcome = await outcome_of(check)
    assert (outcome.status, outcome.output) == (Status.DOWN, "No answer within 0.05 s.")
    again = await outcome_of(check)
    assert again.status is Status.DOWN
    assert "has not ended yet" in again.output
    release.set()
    while (await outcome_of(check)).status is not Status.UP:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0)


async def test_a_hanging_sync_check_takes_one_thread_and_no_more() -> None:
    release, calls = threading.Event(), []

    def hanging() -> None:
        calls.append(1)
        release.wait()

    check = declared(hanging, timeout=0.05)
    outcome = await outcome_of(check)
    assert (outcome.status, outcome.output) == (Status.DOWN, "No answer within 0.05 s.")
    assert "has not ended yet" in (await outcome_of(check)).output
    assert len(calls) == 1
    release.set()
    while "has not ended yet" in (await outcome_of(check)).output:  # noqa: ASYNC110 - none tells
        await asyncio.sleep(0.001)
    assert (await outcome_of(check)).status is Status.UP


async def test_a_run_that_is_broken_off_can_be_run_again() -> None:
    begun = asyncio.Event()
    release = asyncio.Event()

    async def slow() -> None:
        begun.set()
        await release.wait()

    check = declared(slow)
    run = asyncio.create_task(outcome_of(check))
    await begun.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    release.set()
    await asyncio.sleep(0)
    assert (await outcome_of(check)).status is Status.UP


def test_output_is_cut_cleaned_and_keeps_no_credentials() -> None:
    assert storable("a\x00b\ud800c") == "a\N{REPLACEMENT CHARACTER}b?c"
    assert len(storable("ü" * 10_000).encode()) == OUTPUT_BYTES
    told = storable("can't reach amqp://root:s3cret@host:5672// now")
    assert told == "can't reach amqp://***@host:5672// now"
