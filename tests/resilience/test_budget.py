"""Retries are a fifth of the calls at most, and thirty in ten seconds in any case."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.client.resilience.budget import RetryBudget


def test_who_calls_seldom_has_three_retries_a_second() -> None:
    budget = RetryBudget()
    assert [budget.take(100.0) for _ in range(31)] == [True] * 30 + [False]
    assert budget.report(100.0).left == 0
    assert not budget.take(109.9)
    assert budget.take(111.0)


def test_who_calls_much_has_a_fifth() -> None:
    budget = RetryBudget()
    for _ in range(1000):
        budget.called(100.0)
    assert sum(budget.take(100.5) for _ in range(1000)) == 200
    report = budget.report(100.5)
    assert (report.calls, report.retries, report.allowed) == (1000, 200, 200)


def test_old_calls_count_no_more() -> None:
    budget = RetryBudget()
    for _ in range(1000):
        budget.called(100.0)
    assert sum(budget.take(112.0) for _ in range(1000)) == 30


STEPS = st.lists(
    st.tuples(st.floats(0.0, 3.0), st.integers(0, 40), st.integers(0, 20)), max_size=60
)


@given(STEPS)
def test_in_no_ten_seconds_before_a_retry_are_there_more(
    steps: list[tuple[float, int, int]],
) -> None:
    budget, now = RetryBudget(), 500.0
    calls: list[float] = []
    retries: list[float] = []
    for pause, made, failed in steps:
        now += pause
        for _ in range(made):
            budget.called(now)
            calls.append(now)
        for _ in range(failed):
            if budget.take(now):
                retries.append(now)
                lately = sum(each > now - 10 for each in retries)
                assert lately <= max(30, 0.2 * sum(each > now - 10 for each in calls))
