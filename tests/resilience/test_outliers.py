"""An address that fails five times in a row is left out for a while, but never too many are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.client.discovery.snapshot import Endpoint
from hub.client.resilience.judging import WORKED, Again, Judgement
from hub.client.resilience.outliers import RECENT
from hub.client.resilience.traffic import ServiceTraffic
from tests.resilience.conftest import SteeredClock, endpoints

FAILED = Judgement(True, Again.NEVER)
NOTHING = Judgement(None, Again.NEVER)


class Calls:
    def __init__(self, clock: SteeredClock, count: int = 4) -> None:
        self.pool = endpoints(count)
        self.traffic = ServiceTraffic("shelf", clock=clock)

    def make(self, number: int, *judgements: Judgement) -> None:
        for each in judgements:
            endpoint = self.pool[number]
            self.traffic.end(endpoint, self.traffic.begin(endpoint), each, self.pool)

    def usable(self) -> set[str]:
        return {each.instance for each in self.traffic.usable(self.pool)}

    def state(self, number: int) -> str:
        url = self.pool[number].url
        return next(each.state for each in self.traffic.report().addresses if each.url == url)


def test_five_failures_in_a_row_and_not_one_less(clock: SteeredClock) -> None:
    calls = Calls(clock)
    calls.make(0, *[FAILED] * 4, WORKED, *[FAILED] * 4)
    assert calls.traffic.usable(calls.pool) is calls.pool
    calls.make(0, FAILED)
    assert calls.usable() == {"i1", "i2", "i3"}
    assert calls.state(0) == "open"


def test_what_says_nothing_of_the_address_changes_nothing(clock: SteeredClock) -> None:
    calls = Calls(clock)
    calls.make(0, *[FAILED] * 4, NOTHING, FAILED)
    assert calls.state(0) == "open"


def test_it_is_left_out_for_longer_each_time(clock: SteeredClock) -> None:
    calls = Calls(clock)
    calls.make(0, *[FAILED] * 5)
    for seconds in (30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300):
        clock.forward(seconds - 0.1)
        assert calls.usable() == {"i1", "i2", "i3"}
        clock.forward(0.1)
        assert calls.state(0) == "half-open"
        assert calls.usable() == {"i0", "i1", "i2", "i3"}
        calls.make(0, FAILED)  # the probe fails


def test_one_call_is_the_probe_and_its_success_brings_the_address_back(
    clock: SteeredClock,
) -> None:
    calls = Calls(clock)
    calls.make(0, *[FAILED] * 5)
    clock.forward(30.0)
    probe = calls.traffic.begin(calls.pool[0])
    assert calls.usable() == {"i1", "i2", "i3"}, "while the probe is under way"
    calls.traffic.end(calls.pool[0], probe, WORKED, calls.pool)
    assert calls.state(0) == "closed"
    assert calls.traffic.usable(calls.pool) is calls.pool


def test_a_probe_that_was_given_up_makes_room_for_another(clock: SteeredClock) -> None:
    calls = Calls(clock)
    calls.make(0, *[FAILED] * 5)
    clock.forward(30.0)
    calls.make(0, NOTHING)
    assert calls.state(0) == "half-open"
    assert "i0" in calls.usable()


def test_being_well_for_a_while_is_reckoned(clock: SteeredClock) -> None:
    calls = Calls(clock)
    calls.make(0, *[FAILED] * 5)
    clock.forward(30.0)
    calls.make(0, FAILED)  # 60 s
    clock.forward(60.0)
    calls.make(0, WORKED)
    clock.forward(30.0)  # takes one from two
    calls.make(0, *[FAILED] * 5)
    clock.forward(59.0)
    assert calls.state(0) == "open"
    clock.forward(1.0)
    assert calls.state(0) == "half-open"
    calls.make(0, WORKED)
    clock.forward(300.0)
    calls.make(0, *[FAILED] * 5)
    clock.forward(30.0)
    assert calls.state(0) == "half-open", "as the first time"


def test_answers_to_calls_from_before_say_nothing_of_now(clock: SteeredClock) -> None:
    calls = Calls(clock)
    slow = calls.traffic.begin(calls.pool[0])
    also = calls.traffic.begin(calls.pool[0])
    clock.forward(1.0)
    calls.make(0, *[FAILED] * 5)
    calls.traffic.end(calls.pool[0], slow, WORKED, calls.pool)
    assert calls.state(0) == "open"
    clock.forward(30.0)
    calls.traffic.end(calls.pool[0], also, FAILED, calls.pool)
    assert calls.state(0) == "half-open", "not counted as the probe"


def test_at_most_half_are_left_out_and_never_the_only_one(clock: SteeredClock) -> None:
    calls = Calls(clock, 5)
    for number in range(5):
        calls.make(number, *[FAILED] * 7)
    assert calls.usable() == {"i2", "i3", "i4"}
    alone = Calls(clock, 1)
    alone.make(0, *[FAILED] * 20)
    assert alone.usable() == {"i0"}


def test_an_operator_may_let_all_begin_anew(clock: SteeredClock) -> None:
    calls = Calls(clock)
    calls.make(0, *[FAILED] * 5)
    calls.traffic.forget()
    assert calls.traffic.usable(calls.pool) is calls.pool
    calls.make(0, *[FAILED] * 4)
    assert calls.state(0) == "closed"


def test_an_operator_may_let_one_begin_anew(clock: SteeredClock) -> None:
    calls = Calls(clock)
    for number in (0, 1):
        calls.make(number, *[FAILED] * 5)
    calls.traffic.forget(calls.pool[0].url)
    assert calls.usable() == {"i0", "i2", "i3"}
    assert (calls.state(0), calls.state(1)) == ("closed", "open")
    calls.traffic.forget(calls.pool[1].url)
    assert calls.traffic.usable(calls.pool) is calls.pool


def test_the_record_tells_what_happened(clock: SteeredClock) -> None:
    calls = Calls(clock)
    started = calls.traffic.begin(calls.pool[1])
    clock.forward(0.5)
    calls.traffic.end(calls.pool[1], started, WORKED, calls.pool)
    calls.make(0, *[FAILED] * 5)
    under_way = calls.traffic.begin(calls.pool[1])
    clock.forward(10.0)
    left_out, well = calls.traffic.report().addresses[::-1]
    assert (left_out.calls, left_out.errors, left_out.ejections) == (5, 5, 1)
    assert left_out.ejected_for == 20.0
    assert (well.calls, well.errors, well.outstanding) == (2, 0, 1)
    assert well.latency == 0.5
    calls.traffic.end(calls.pool[1], under_way, WORKED, calls.pool)


def test_the_record_tells_what_the_last_calls_took(clock: SteeredClock) -> None:
    calls = Calls(clock, 2)
    assert calls.traffic.report().addresses == ()
    for took in [9.0] * 50 + [number / 100 for number in range(1, RECENT + 1)]:
        started = calls.traffic.begin(calls.pool[0])
        clock.forward(took)
        calls.traffic.end(calls.pool[0], started, WORKED, calls.pool)
    (told,) = calls.traffic.report().addresses
    assert (told.p50, told.p99) == (pytest.approx(2.5), pytest.approx(4.95))


def test_addresses_that_nobody_uses_are_forgotten(clock: SteeredClock) -> None:
    calls = Calls(clock, 2)
    calls.make(0, WORKED)
    clock.forward(700.0)
    calls.make(1, WORKED)
    assert [each.instance for each in calls.traffic.report().addresses] == ["i1"]


STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([FAILED, FAILED, FAILED, WORKED, NOTHING]),
        st.sampled_from([0.0, 0.0, 0.0, 1.0, 31.0]),
        st.integers(1, 6),
    ),
    max_size=150,
)


@given(STEPS)
def test_whatever_happens_at_least_half_of_any_list_is_used(
    steps: list[tuple[int, Judgement, float, int]],
) -> None:
    clock = SteeredClock()
    calls = Calls(clock, 6)
    under_way: list[tuple[Endpoint, float, Judgement]] = []
    for number, judgement, pause, size in steps:
        clock.forward(pause)
        endpoint = calls.pool[number]
        under_way.append((endpoint, calls.traffic.begin(endpoint), judgement))
        if len(under_way) > 3:
            ended, started, how = under_way.pop(0)
            calls.traffic.end(ended, started, how, calls.pool)
        pool = calls.pool[:size]
        usable = calls.traffic.usable(pool)
        assert set(usable) <= set(pool)
        assert 2 * len(usable) >= len(pool) >= 1
    states = [each.state for each in calls.traffic.report().addresses]
    assert len(states) - states.count("closed") <= 3
    assert all(each.outstanding >= 0 for each in calls.traffic.report().addresses)
