"""Changes become snapshots; what they do not touch stays as it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.client.discovery.known import Known
from hub.client.discovery.snapshot import Snapshot
from hub.client.instances import Changes, Instance
from tests.discovery.conftest import instance


def reset(*instances: Instance, index: int = 1, protected: frozenset[str] = frozenset()) -> Changes:
    return Changes(index=index, reset=True, instances=instances, protected=protected)


def delta(*instances: Instance, index: int, removed: tuple[str, ...] = ()) -> Changes:
    return Changes(index=index, reset=False, instances=instances, removed=removed)


def names(snapshot: Snapshot, service: str = "inventory") -> set[str]:
    standing = snapshot.services.get(service)
    return set(standing.instances) if standing else set()


def test_a_change_touches_its_own_services_only() -> None:
    known = Known()
    before = known.take(reset(instance("a"), instance("b", "orders")))
    after = known.take(delta(instance("c"), index=2))
    assert names(after) == {"a", "c"}
    assert names(before) == {"a"}, "a snapshot never changes"
    assert after.services["orders"] is before.services["orders"]
    assert after.index == 2


def test_an_instance_that_changes_its_services_leaves_the_old_ones() -> None:
    known = Known()
    known.take(reset(instance("a"), instance("b")))
    after = known.take(delta(instance("b", "orders"), index=2))
    assert (names(after), names(after, "orders")) == ({"a"}, {"b"})


def test_a_reset_that_says_the_same_keeps_what_was_worked_out() -> None:
    known = Known()
    before = known.take(reset(instance("a")))
    after = known.take(reset(instance("a"), index=9))
    assert after.services["inventory"] is before.services["inventory"]


def test_an_empty_list_is_believed_the_second_time() -> None:
    known = Known()
    known.take(reset(instance("a"), instance("b", "orders")))
    once = known.take(reset(instance("b", "orders"), index=2))
    assert names(once) == {"a"}
    assert known.doubted == {"inventory"}
    twice = known.take(reset(instance("b", "orders"), index=2))
    assert names(twice) == set()
    assert not known.doubted


def test_a_doubt_ends_when_the_instances_are_there_again() -> None:
    known = Known()
    known.take(reset(instance("a")))
    known.take(reset(index=2))
    assert names(known.take(reset(instance("a"), index=3))) == {"a"}
    assert not known.doubted
    assert names(known.take(reset(index=4))) == {"a"}, "told once again"


def test_the_last_instance_s_removal_is_asked_for_again_too() -> None:
    known = Known()
    known.take(reset(instance("a")))
    assert names(known.take(delta(index=2, removed=("a",)))) == {"a"}
    mixed = known.take(delta(instance("b"), index=3))
    assert names(mixed) == {"a", "b"}
    assert known.doubted == {"inventory"}, "the gone one still stands beside the new one"
    assert names(known.take(reset(instance("b"), index=3))) == {"b"}


def test_protection_comes_and_goes_without_a_change_of_instances() -> None:
    known = Known()
    guarded = frozenset({"inventory"})
    assert known.take(reset(instance("a"), protected=guarded)).services["inventory"].protected
    after = known.take(delta(index=2))
    assert not after.services["inventory"].protected


def test_what_is_stale_is_the_same_but_flagged() -> None:
    known = Known()
    known.take(reset(instance("a"), index=7))
    stale = known.mark_stale()
    assert (stale.stale, stale.index, names(stale)) == (True, 7, {"a"})
    assert not known.take(delta(index=8)).stale


SERVICES = ("inventory", "orders", "prices")
INSTANCES = st.builds(
    lambda name, services, weight: instance(name, *services, weight=weight),
    st.sampled_from("abcdef"),
    st.lists(st.sampled_from(SERVICES), min_size=1, max_size=3, unique=True),
    st.integers(1, 3),
)


@given(st.lists(st.one_of(INSTANCES, st.sampled_from("abcdef")), max_size=30))
def test_deltas_lead_where_everything_told_anew_leads(steps: list[Instance | str]) -> None:
    known, there = Known(), {}
    known.take(reset())
    for index, step in enumerate(steps, start=2):
        if isinstance(step, str):
            there.pop(step, None)
            known.take(delta(index=index, removed=(step,)))
        else:
            there[step.id] = step
            known.take(delta(step, index=index))
    known.take(reset(*there.values(), index=99))
    told = known.take(reset(*there.values(), index=99))
    for service in SERVICES:
        wanted = {each.id: each for each in there.values() if service in each.services}
        standing = told.services.get(service)
        assert (dict(standing.instances) if standing else {}) == wanted
