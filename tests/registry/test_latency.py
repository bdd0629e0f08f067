"""Percentiles from buckets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.registry.latency import BOUNDS, FIELDS, bucket_of, percentile
from hub.registry.models import CallMinute


def counted(values: list[float]) -> list[int]:
    counts = [0] * len(FIELDS)
    for value in values:
        counts[bucket_of(value)] += 1
    return counts


def test_every_bucket_has_its_column() -> None:
    assert len(FIELDS) == len(BOUNDS) + 1
    assert set(FIELDS) <= {field.name for field in CallMinute._meta.fields}


def test_nothing_has_no_percentile() -> None:
    assert percentile([0] * len(FIELDS), 0.5, longest=0.0) is None


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (0.001, 0), (0.0011, 1), (99.0, 13)])
def test_bounds_are_inclusive(seconds: float, bucket: int) -> None:
    assert bucket_of(seconds) == bucket


@given(st.lists(st.floats(0, 60), min_size=1), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    found = percentile(counted(values), share, longest=max(values))
    assert found is not None
    rank = max(1, -(-int(share * len(values) * 1000) // 1000))
    true = sorted(values)[min(rank, len(values)) - 1]
    assert abs(bucket_of(found) - bucket_of(true)) <= 1
    assert found <= max(values) or found == pytest.approx(max(values))
