"""Percentage rollouts: exact, even, sticky, and growing without taking anyone out."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.flags.bucketing import BUCKETS, bucket_of
from plugins.flags.evaluation import evaluate
from plugins.flags.tests.flagmaking import (
    NOW,
    condition,
    flag,
    flags,
    rule,
    split,
)

PEOPLE = [f"user-{number}" for number in range(400)]
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@st.composite
def shares(draw: Any) -> list[float]:
    """Percentages of three variants, in whole thousandths, 100 in sum."""
    cuts = sorted(draw(st.lists(st.integers(0, BUCKETS), min_size=2, max_size=2)))
    return [cuts[0] / 1000, (cuts[1] - cuts[0]) / 1000, (BUCKETS - cuts[1]) / 1000]


def deal(weights: list[float], salt: str = "a") -> dict[str, str | None]:
    dealt = flags(
        flag(
            variants={"x": 1, "y": 2, "z": 3},
            salt=salt,
            default=split(*zip("xyz", weights, strict=True)),
        )
    )
    return {
        person: evaluate(dealt, "a", {"targetingKey": person}, now=NOW).variant for person in PEOPLE
    }


def test_the_bucket_is_computed_as_documented() -> None:
    digest = sha256(b"new-checkout.user-1").digest()
    assert bucket_of("new-checkout", "user-1") == int.from_bytes(digest[:8], "big") % 100_000
    # A fixed point: a change of the hash would deal every running rollout anew.
    assert bucket_of("new-checkout", "user-1") == 33_402


@settings(max_examples=25, deadline=None)
@given(shares(), st.text(max_size=8))
def test_the_same_person_always_gets_the_same(weights: list[float], salt: str) -> None:
    assert deal(weights, salt) == deal(weights, salt)


@settings(max_examples=40, deadline=None)
@given(shares(), shares(), st.integers(0, 2))
def test_a_share_that_grows_alone_loses_nobody(
    one: list[float], other: list[float], place: int
) -> None:
    # "more" has at most as much as "one" for all variants but one.
    more = [min(a, b) for a, b in zip(one, other, strict=True)]
    more[place] = round(100 - sum(w for n, w in enumerate(more) if n != place), 3)
    before, after = deal(one), deal(more)
    name = "xyz"[place]
    assert all(after[person] == name for person in PEOPLE if before[person] == name)


def test_shares_are_kept_to_within_chance() -> None:
    dealt = flags(
        flag(
            variants={"x": 1, "y": 2, "z": 3},
            default=split(("x", 10), ("y", 33.333), ("z", 56.667)),
        )
    )
    number = 30_000
    found = Counter(
        evaluate(dealt, "a", {"targetingKey": f"person {n}"}, now=NOW).variant
        for n in range(number)
    )
    for variant, percent in (("x", 10), ("y", 33.333), ("z", 56.667)):
        assert abs(found[variant] / number * 100 - percent) < 1.2


def test_flags_with_different_salts_are_independent() -> None:
    half = [50.0, 50.0, 0.0]
    one, other = deal(half, "one"), deal(half, "other")
    both = sum(one[person] == other[person] == "x" for person in PEOPLE)
    assert 60 < both < 140  # a quarter of 400, within chance


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text() | st.sampled_from(["targetingKey", "a", "a.b"]), JSON))
def test_no_context_makes_an_evaluation_raise(context: dict[str, Any]) -> None:
    conditions = [
        condition("a", "equals", "1"),
        condition("a.b", "greater", "1"),
        condition("a", "semver_less", "1.0.0"),
        condition("a", "after", "2030-01-01"),
        condition("a", "contains", "x"),
        condition("a", "not_in", "x", "y"),
    ]
    rules = [rule(each, serve=split(("on", 50), ("off", 50), bucket_by="a")) for each in conditions]
    made = flags(flag("a", *rules, default=split(("on", 1), ("off", 99))))
    first = evaluate(made, "a", context, now=NOW)
    assert first == evaluate(made, "a", context, now=NOW)
    assert (first.variant is None) is (first.error_code is not None)
