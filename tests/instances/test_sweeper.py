"""The worker that sweeps, in one process for all."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hub.registry.instances import brakes, sweeping
from hub.registry.instances.rows import Brake
from hub.registry.runtime import sweeper
from hub.sdk.runtime import worker_declaration_of
from tests.instances.kinds import join, pass_time, status_of

pytestmark = pytest.mark.django_db(transaction=True)


class Rounds(threading.Event):
    """Stops the worker after so many sweeps; ``before`` is called before each but the first."""

    def __init__(self, rounds: int, before: Any = lambda: None) -> None:
        super().__init__()
        self._left = rounds
        self._before = before

    def wait(self, timeout: float | None = None) -> bool:
        self._left -= 1
        if self._left <= 0:
            self.set()
        else:
            self._before()
        return self.is_set()


def test_one_process_sweeps_for_all() -> None:
    declaration = worker_declaration_of(sweeper)
    assert declaration is not None
    assert declaration.singleton


def test_when_it_begins_it_is_quiet_for_two_leases() -> None:
    join()
    pass_time(31.0)
    sweeper(Rounds(1))
    assert status_of() == "UNKNOWN"
    assert brakes.state().quiet == pytest.approx(60.0, abs=10.0)


def test_it_evicts_once_that_is_over() -> None:
    join()
    pass_time(31.0)
    sweeper(Rounds(2, lambda: Brake.objects.update(quiet_until=0.0)))
    assert status_of() == "DOWN"


def test_after_the_database_was_away_it_is_quiet_again(monkeypatch: pytest.MonkeyPatch) -> None:
    join()
    pass_time(31.0)
    sweep, calls = sweeping.sweep, []

    def away_once() -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise ConnectionError("away")
        return sweep()

    monkeypatch.setattr(sweeping, "sweep", away_once)
    sweeper(Rounds(2, lambda: Brake.objects.update(quiet_until=0.0)))
    assert len(calls) == 2
    assert status_of() == "UNKNOWN"
    assert brakes.state().quiet > 0
