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


def test_it_rests_after_somebody_else_wanted_the_processor() -> None:
    attention = Attention(MOST)
    assert attention.may_go_on(1.0, 1.00001)
    assert attention.seconds == MOST
    assert not attention.may_go_on(1.0, 1.002)
    assert attention.seconds == 0
    attention.waited(1.01, 1.0101)
    assert attention.seconds == 0
    attention.waited(1.2, 1.2001)
    assert attention.seconds > 0


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
