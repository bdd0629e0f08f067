"""The sweep: late, over, gone, and what holds it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.client.instances import InstanceStatus, UnknownInstance
from hub.registry.clock import database_time
from hub.registry.instances import brakes, sweeping
from hub.registry.instances.leases import register, renew
from hub.registry.instances.rows import Brake, Change, Instance, InstanceLease, Source
from hub.registry.instances.steering import take_out
from hub.registry.instances.sweeping import sweep
from tests.instances.kinds import join, pass_time, registration, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _swept_before() -> Iterator[None]:
    """As a hub that has been running for long."""
    sweeping.begin()
    Brake.objects.update(quiet_until=0.0)
    yield


def _many(count: int, **values: Any) -> list[str]:
    return [join(f"shop-{number:03}", **values).id for number in range(count)]


def test_late_then_over_then_gone() -> None:
    join()
    sweep()
    assert status_of() == "UP"
    pass_time(21.0)
    assert sweep().late == 1
    assert status_of() == "UNKNOWN"
    pass_time(10.0)
    assert sweep().evicted == 1
    assert status_of() == "DOWN"
    assert Instance.objects.get().down_since == pytest.approx(database_time(), abs=5.0)
    pass_time(290.0)
    assert sweep().removed == 0
    pass_time(15.0)
    assert sweep().removed == 1
    assert not Instance.objects.exists()


def test_one_missed_renewal_is_no_news() -> None:
    join()
    pass_time(19.0)
    assert sweep().late == 0


def test_a_renewal_after_the_lease_was_over_revives_it() -> None:
    lease = join()
    pass_time(31.0)
    sweep()
    assert status_of() == "DOWN"
    renew(lease.id, lease.generation)
    row = Instance.objects.get()
    assert (row.status, row.down_since) == ("UP", None)
    assert Change.objects.latest("index").kind == "status"


def test_after_the_removal_it_registers_anew(settings: Any) -> None:
    lease = join()
    pass_time(31.0)
    sweep()
    pass_time(400.0)
    sweep()
    with pytest.raises(UnknownInstance):
        renew(lease.id, lease.generation)


def test_removal_may_be_never(settings: Any) -> None:
    settings.HUB_LEASE_REMOVE_AFTER = 0.0
    join()
    pass_time(31.0)
    sweep()
    pass_time(100_000.0)
    sweep()
    assert status_of() == "DOWN"


def test_without_a_lease_it_stays_as_it_is() -> None:
    register(registration(), source=Source.ADMIN, leased=False)
    pass_time(100_000.0)
    sweep()
    assert status_of() == "UP"


def test_the_operators_word_outlives_lateness_but_not_death() -> None:
    lease = join()
    take_out(["shop-1"], reason="disk full", user_id=None)
    pass_time(21.0)
    sweep()
    assert status_of() == "OUT_OF_SERVICE"
    renew(lease.id, lease.generation, status=InstanceStatus.UP)
    assert status_of() == "OUT_OF_SERVICE"
    pass_time(31.0)
    sweep()
    assert status_of() == "DOWN"
    renew(lease.id, lease.generation)
    assert status_of() == "OUT_OF_SERVICE"


def test_of_a_few_instances_a_dead_one_goes_down() -> None:
    _many(3)
    pass_time(31.0, "shop-001")
    assert sweep().evicted == 1
    assert status_of("shop-001") == "DOWN"
    assert status_of("shop-000") == "UP"


def test_while_too_few_renewals_arrive_nothing_is_evicted() -> None:
    ids = _many(20)
    pass_time(300.0)
    for id in ids[:10]:
        renew(id, Instance.objects.get(pk=id).generation)
    swept = sweep()
    assert (swept.evicted, swept.held_back) == (0, 10)
    assert status_of(ids[15]) == "UNKNOWN"  # calls go on
    state = brakes.state()
    assert state.preserving
    assert state.share == pytest.approx(0.5)
    assert (state.expected, state.held_back) == (120.0, 10)


def test_long_gone_ones_stay_visible_meanwhile() -> None:
    ids = _many(20)
    Instance.objects.filter(pk=ids[0]).update(status="DOWN", down_since=1.0)
    InstanceLease.objects.filter(pk=ids[0]).update(state="over")
    pass_time(300.0, *ids[1:])
    assert sweep().removed == 0


def test_the_operator_overrides_self_preservation() -> None:
    ids = _many(20)
    pass_time(300.0, *ids[:10])
    sweep()
    assert status_of(ids[0]) != "DOWN"
    brakes.force(
        user_id=None, reason="they are gone", preservation=Brake.Mode.OFF, cap=Brake.Mode.OFF
    )
    assert sweep().evicted == 10
    assert all(status_of(id) == "DOWN" for id in ids[:10])


def test_the_operator_may_stop_all_evictions() -> None:
    join()
    brakes.force(user_id=None, reason="network work", preservation=Brake.Mode.ON)
    pass_time(31.0)
    assert sweep().held_back == 1
    brakes.force(user_id=None, reason="done", preservation=Brake.Mode.AUTO)
    assert sweep().evicted == 1


def test_a_sweep_evicts_a_share_at_most_and_not_always_the_same_ones(settings: Any) -> None:
    settings.HUB_LEASE_PRESERVATION = 0.0
    ids = _many(40)
    pass_time(31.0)
    assert sweep().evicted == 6
    down = set(Instance.objects.filter(status="DOWN").values_list("pk", flat=True))
    assert len(down) == 6
    assert down != set(ids[:6])
    for _ in range(20):
        sweep()
    assert Instance.objects.filter(status="DOWN").count() == 40


@pytest.mark.parametrize(("leases", "most"), [(1, 1), (2, 1), (6, 1), (7, 2), (40, 6), (100, 15)])
def test_the_cap_is_a_share_and_at_least_one(leases: int, most: int) -> None:
    assert brakes.most_evictions(leases, mode=Brake.Mode.AUTO) == most


def test_after_the_hub_was_away_nothing_is_evicted_for_two_leases() -> None:
    join()
    sweeping.begin()
    pass_time(31.0)
    assert sweep().held_back == 1
    assert brakes.state().quiet == pytest.approx(60.0, abs=5.0)
    Brake.objects.update(quiet_until=database_time() - 1)
    assert sweep().evicted == 1


def test_a_late_sweep_lets_leases_live_as_much_longer() -> None:
    join()
    Brake.objects.update(swept_at=database_time() - 25.0)  # 20 s later than it should be
    pass_time(45.0)
    assert sweep().evicted == 0
    assert sweep().evicted == 1


def test_the_clock_of_this_process_does_not_matter(time_machine: Any) -> None:
    lease = join()
    time_machine.move_to("2040-01-01", tick=True)
    sweep()
    assert status_of() == "UP"
    renew(lease.id, lease.generation)
    time_machine.move_to("1999-01-01", tick=True)
    pass_time(31.0)
    sweep()
    assert status_of() == "DOWN"


def test_a_sweep_that_changes_nothing_writes_no_change() -> None:
    _many(5)
    before = Change.objects.count()
    sweep()
    assert Change.objects.count() == before


def test_more_than_a_batch_becomes_late_in_one_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 4)
    _many(10)
    pass_time(21.0)
    assert sweep().late == 10
    assert set(Instance.objects.values_list("status", flat=True)) == {"UNKNOWN"}
