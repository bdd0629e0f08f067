"""Percentiles from buckets: how near they come, and that no count is lost."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.registry.latency import (
    BOUNDS,
    COARSE_BOUNDS,
    COARSE_FIELDS,
    FIELDS,
    coarse,
    percentile,
    refined,
)
from hub.registry.models import CallMinute, OutgoingMinute

SHARES = st.sampled_from([0.5, 0.95, 0.99, 1.0])
WITHIN = st.lists(st.floats(BOUNDS[0], BOUNDS[-1], exclude_min=True), min_size=1)
ANY = st.lists(st.floats(0, 1000), min_size=1)


def counted(values: list[float], bounds: tuple[float, ...] = BOUNDS) -> list[int]:
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return counts


def exact(values: list[float], share: float) -> float:
    """By the nearest rank."""
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


def test_every_bucket_has_its_column() -> None:
    for row in (CallMinute, OutgoingMinute):
        columns = {field.name for field in row._meta.fields}
        assert {*FIELDS, *COARSE_FIELDS} <= columns
    assert (len(FIELDS), len(COARSE_FIELDS)) == (len(BOUNDS) + 1, len(COARSE_BOUNDS) + 1)


def test_bounds_rise_in_about_equal_proportions() -> None:
    assert (BOUNDS[0], BOUNDS[-1]) == (0.0001, 100.0)
    assert all(1.18 < upper / lower < 1.21 for lower, upper in pairwise(BOUNDS))


def test_each_column_is_named_by_its_bound() -> None:
    assert [f"us_{bound * 1e6:.0f}" for bound in BOUNDS] == list(FIELDS[:-1])


def test_nothing_has_no_percentile() -> None:
    assert percentile([0] * len(FIELDS), 0.5, longest=0.0) is None


@given(WITHIN, SHARES)
def test_a_percentile_is_at_most_a_tenth_off(values: list[float], share: float) -> None:
    found = percentile(counted(values), share, longest=max(values))
    assert found == pytest.approx(exact(values, share), rel=0.1)


@given(ANY, SHARES)
def test_a_percentile_is_never_above_the_longest(values: list[float], share: float) -> None:
    found = percentile(counted(values), share, longest=max(values))
    assert found is not None
    assert 0 <= found <= max(values)


@given(ANY)
def test_fine_counts_fold_into_coarse_ones_exactly(values: list[float]) -> None:
    assert coarse(counted(values)) == counted(values, COARSE_BOUNDS)


@pytest.mark.parametrize("bound", COARSE_BOUNDS)
def test_bounds_are_inclusive(bound: float) -> None:
    assert BOUNDS[bisect_left(BOUNDS, bound)] == bound
    assert coarse(counted([bound])) == counted([bound], COARSE_BOUNDS)


@given(ANY, ANY, SHARES)
def test_calls_that_were_counted_coarsely_are_not_lost(
    fine: list[float], rough: list[float], share: float
) -> None:
    longest = max(*fine, *rough)
    whole = counted(fine + rough, COARSE_BOUNDS)
    found = refined(counted(fine), whole, longest=longest)
    assert sum(found) == pytest.approx(len(fine) + len(rough))
    assert all(now >= before for now, before in zip(found, counted(fine), strict=True))
    value = percentile(found, share, longest=longest)
    assert value is not None
    assert value <= longest


def test_counts_that_are_all_fine_stay_as_they_are() -> None:
    counts = counted([0.0002, 0.003, 0.03, 4.0, 50.0, 500.0])
    assert refined(counts, coarse(counts), longest=500.0) == counts


def test_calls_that_were_counted_coarsely_are_evenly_spread() -> None:
    rough = counted([0.0015] * 100, COARSE_BOUNDS)
    found = refined([0] * len(FIELDS), rough, longest=0.002)
    assert percentile(found, 0.5, longest=0.002) == pytest.approx(0.0015, rel=0.1)
    assert percentile(found, 0.01, longest=0.002) == pytest.approx(0.001, rel=0.1)


def test_the_longest_caps_what_was_counted_coarsely() -> None:
    rough = counted([30.0] * 10, COARSE_BOUNDS)
    found = refined([0] * len(FIELDS), rough, longest=30.0)
    assert percentile(found, 0.99, longest=30.0) == pytest.approx(30.0, rel=0.1)
    assert sum(found) == pytest.approx(10)
