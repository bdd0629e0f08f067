"""When a wait stays awake, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.client.transport import awake
from hub.client.transport.awake import Attention, has_processors

MOST = 0.001


@pytest.fixture(autouse=True)
def many_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "has_processors", lambda: True)


def test_a_long_wait_ends_it_and_short_ones_bring_it_back() -> None:
    attention = Attention(MOST)
    assert attention.seconds == MOST
    attention.waited(0.0, 0.5)
    assert attention.seconds == 0
    grown = []
    for second in range(1, 7):
        attention.waited(second, second + 0.0009)
        grown.append(attention.seconds)
    assert grown == [MOST / 16, MOST / 8, MOST / 4, MOST / 2, MOST, MOST]


def test_it_is_no_longer_than_what_comes_needs() -> None:
    attention = Attention(MOST)
    attention.waited(0.0, 0.5)
    for second in range(1, 20):
        attention.waited(second, second + 0.0001)
    assert 0.0001 < attention.seconds <= 0.0002


class Processor:
    """Its time, and for how long others have it when they get it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.taken = 0.000001

    def give_way(self) -> None:
        self.now += self.taken

    def rest(self, attention: Attention) -> float:
        """How long until a short wait brings ``attention`` back, in steps of a millisecond."""
        began = self.now
        while not attention.seconds:
            self.now += 0.001
            attention.waited(self.now - 0.0001, self.now)
        return self.now - began


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Processor:
    made = Processor()
    monkeypatch.setattr(awake, "_give_way", made.give_way)
    return made


def test_it_goes_on_where_nobody_else_wants_the_processor(processor: Processor) -> None:
    attention = Attention(MOST, lambda: processor.now)
    assert not any(attention.gives_way() for _ in range(50))
    assert attention.seconds == MOST


def test_it_rests_after_somebody_else_has_had_the_processor(processor: Processor) -> None:
    attention = Attention(MOST, lambda: processor.now)
    processor.taken = 0.003
    assert attention.gives_way()
    assert attention.seconds == 0
    assert processor.rest(attention) == pytest.approx(0.005, abs=0.002)


def test_it_rests_longer_while_the_processor_stays_wanted(processor: Processor) -> None:
    attention, rests = Attention(MOST, lambda: processor.now), []
    processor.taken = 0.003
    for _ in range(10):
        attention.gives_way()
        rests.append(processor.rest(attention))
    assert rests[:3] == pytest.approx([0.005, 0.01, 0.02], abs=0.002)
    assert rests[-1] == pytest.approx(0.25, abs=0.002)
    processor.now += 60
    attention.gives_way()
    assert processor.rest(attention) == pytest.approx(0.005, abs=0.002)


def test_nothing_is_waited_for_awake_where_that_is_wanted() -> None:
    attention = Attention(0)
    attention.waited(0.0, 0.0)
    attention.waited(1.0, 1.0001)
    assert attention.seconds == 0


@pytest.mark.parametrize(
    ("quota", "plenty"),
    [("max 100000\n", True), ("200000 100000\n", True), ("150000 100000\n", False), ("?", True)],
)
def test_a_quota_of_less_than_two_processors(tmp_path: Path, quota: str, plenty: bool) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    assert has_processors(file) is plenty


def test_systems_without_quotas_have_processors(tmp_path: Path) -> None:
    assert has_processors(tmp_path / "none")


def test_where_processors_are_rationed_nobody_is_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "has_processors", lambda: False)
    assert Attention(MOST).seconds == 0
