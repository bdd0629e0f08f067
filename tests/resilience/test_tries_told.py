"""Who counts calls is told of each try: where it went, what came of it and what it took."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hub.client.calls import Call, NotSent
from hub.client.discovery.snapshot import Endpoint
from hub.client.resilience import attempts
from hub.client.resilience.calling import Calling
from hub.client.resilience.judging import Judgement
from hub.client.resilience.traffic import Traffic
from hub.wire.errors import HubError, NotFound
from tests.resilience.conftest import ONCE, Known, SteeredClock, call_of, channels_of

Told = list[tuple[str, str, bool | None, float]]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 0.001)


def calling(answer: Any, clock: SteeredClock, *names: str) -> tuple[Calling, Told]:
    told: Told = []

    def ended(service: str, endpoint: Endpoint, judgement: Judgement, seconds: float) -> None:
        told.append((service, endpoint.instance, judgement.failed, seconds))

    channels, _ = channels_of(answer)
    traffic = Traffic(clock=clock, ended=ended)
    return Calling(Known(*names), channels, traffic, channel="fake", choose="first"), told


def test_each_try_is_told_with_what_it_took(clock: SteeredClock) -> None:
    def answer(call: Call, address: str) -> str:
        clock.forward(0.5)
        if address == "http://a":
            raise NotSent("refused")
        return "there"

    made, told = calling(answer, clock, "a", "b")
    assert made.call(call_of(ONCE)) == "there"
    assert told == [("shelf", "a", True, 0.5), ("shelf", "b", False, 0.5)]


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (NotFound("no"), False),
        (HubError("later", status=429), None),
        (asyncio.CancelledError(), None),
    ],
    ids=["refused", "busy", "given up"],
)
def test_what_is_no_failure_of_the_address_is_told_as_such(
    clock: SteeredClock, error: BaseException, failed: bool | None
) -> None:
    def answer(call: Call, address: str) -> str:
        raise error

    made, told = calling(answer, clock, "a")
    with pytest.raises(type(error)):
        made.call(call_of(ONCE))
    assert told == [("shelf", "a", failed, 0.0)]
