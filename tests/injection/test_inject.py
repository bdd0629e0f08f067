"""``@inject`` on code that others call: who looks at the signature sees the rest."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from hub.sdk import Injected, inject, on_signal, signals
from hub.sdk.signals import receivers_of
from plugins.greeter.providers import Clock


class Sign:
    """What the hub hands to a receiver, and what it was given."""

    def __init__(self) -> None:
        self.seen: list[Any] = []


def test_a_receiver_of_signals_gets_what_it_marks() -> None:
    sign = Sign()

    @on_signal(signals.hub_started)
    @inject
    def plain(event: Any, clock: Injected[Clock]) -> None:
        sign.seen.append((event, clock))

    @on_signal(signals.hub_started)
    @inject
    async def waiting(event: Any, clock: Injected[Clock]) -> None:
        sign.seen.append((event, clock))

    assert [len(receivers_of(each)) for each in (plain, waiting)] == [1, 1]
    assert list(inspect.signature(plain).parameters) == ["event"]
    plain("one")
    asyncio.run(waiting("two"))  # type: ignore[arg-type]
    assert [event for event, _ in sign.seen] == ["one", "two"]
    assert all(isinstance(clock, Clock) for _, clock in sign.seen)


def test_names_that_are_not_known_yet_stay_in_sight() -> None:
    @inject
    def early(event: Any, later: Injected[Later]) -> None:  # type: ignore[name-defined]  # noqa: F821
        """Its annotation can't be read."""

    assert list(inspect.signature(early).parameters) == ["event", "later"]
