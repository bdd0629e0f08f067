"""The status of the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.health.severity import overall, worst
from hub.sdk.health import SEVERITY, Status

statuses = st.sampled_from(Status)
checks = st.lists(st.tuples(statuses, st.booleans()))


def rank(status: Status) -> int:
    return SEVERITY.index(status)


def test_every_status_has_its_place() -> None:
    assert sorted(SEVERITY) == sorted(Status)


@pytest.mark.parametrize(
    ("found", "whole"),
    [
        ([], Status.UNKNOWN),
        ([(Status.UP, True)], Status.UP),
        ([(Status.DEGRADED, True), (Status.DEGRADED, True)], Status.DEGRADED),
        ([(Status.UP, True), (Status.UNKNOWN, True)], Status.UNKNOWN),
        ([(Status.DOWN, True), (Status.MAINTENANCE, True)], Status.DOWN),
        ([(Status.UP, True), (Status.DOWN, False)], Status.DEGRADED),
        ([(Status.UNKNOWN, False)], Status.DEGRADED),
        ([(Status.DOWN, False), (Status.DOWN, True)], Status.DOWN),
    ],
)
def test_the_worst_counts_and_what_is_not_critical_degrades(
    found: list[tuple[Status, bool]], whole: Status
) -> None:
    assert overall(found) is whole


@given(st.lists(statuses, min_size=1))
def test_the_worst_is_one_of_them_and_none_is_worse(found: list[Status]) -> None:
    assert worst(found) in found
    assert all(rank(each) <= rank(worst(found)) for each in found)


@given(checks, st.randoms())
def test_order_does_not_matter(found: list[tuple[Status, bool]], random: object) -> None:
    shuffled = found[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert overall(shuffled) is overall(found)


@given(st.lists(st.tuples(statuses, st.booleans()), min_size=1), statuses, st.booleans())
def test_one_more_check_never_makes_it_better(
    found: list[tuple[Status, bool]], status: Status, critical: bool
) -> None:
    assert rank(overall([*found, (status, critical)])) >= rank(overall(found))


@given(checks)
def test_up_means_that_every_check_is_up(found: list[tuple[Status, bool]]) -> None:
    everything = bool(found) and all(status is Status.UP for status, _ in found)
    assert (overall(found) is Status.UP) == everything


@given(st.lists(statuses, min_size=1))
def test_what_is_not_critical_is_never_worse_than_degraded(found: list[Status]) -> None:
    assert rank(overall([(status, False) for status in found])) <= rank(Status.DEGRADED)
