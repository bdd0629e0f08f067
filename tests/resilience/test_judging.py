"""What errors say of an address, and whether the call may be made again."""

from __future__ import annotations

import asyncio

import pytest

from hub.client.calls import ConnectionLost, NotSent, TimedOut
from hub.client.resilience.judging import WORKED, Again, Judgement, judged
from hub.wire.envelope import error_map
from hub.wire.errors import (
    DeadlineExceeded,
    HubError,
    InternalError,
    NotFound,
    Unauthenticated,
    Unavailable,
)


class OutOfStock(Exception):
    """One that an operation declares."""


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (NotSent("refused"), Judgement(True, Again.ALWAYS)),
        (ConnectionLost("broken"), Judgement(True, Again.IF_HARMLESS)),
        (TimedOut("late"), Judgement(True, Again.NEVER)),
        (DeadlineExceeded("the other side gave up"), Judgement(True, Again.IF_HARMLESS)),
        (Unavailable("draining"), Judgement(True, Again.IF_HARMLESS)),
        (HubError("bad gateway", status=502), Judgement(True, Again.IF_HARMLESS)),
        (HubError("too many", status=429), Judgement(None, Again.IF_HARMLESS)),
        (InternalError("broken inside"), Judgement(True, Again.NEVER)),
        (NotFound("no such item"), WORKED),
        (Unauthenticated("who?"), WORKED),
        (OutOfStock("none left"), WORKED),
        (asyncio.CancelledError(), Judgement(None, Again.NEVER)),
        (KeyboardInterrupt(), Judgement(None, Again.NEVER)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_judgement(error: BaseException, wanted: Judgement) -> None:
    assert judged(error) == wanted


def test_what_befell_a_call_of_the_other_side_s_own_was_sent_by_us() -> None:
    told = error_map()
    restored = told.exception(told.envelope(NotSent("the other side's own call")))
    assert isinstance(restored, NotSent)
    assert judged(restored).again is Again.IF_HARMLESS


@pytest.mark.parametrize(
    ("said", "wanted"),
    [("3", 3.0), (" 7 ", 7.0), ("999999", 3600.0), ("soon", 0.0), ("-1", 0.0), ("1.5", 0.0)],
)
def test_seconds_of_retry_after_are_read(said: str, wanted: float) -> None:
    assert judged(Unavailable("busy", headers={"Retry-After": said})).after == wanted
    assert judged(Unavailable("busy", headers={"retry-after": said})).after == wanted
