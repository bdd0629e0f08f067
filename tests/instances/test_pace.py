"""How often leases are renewed: Consul's clients, whom nobody tells, have a pace of theirs."""

from __future__ import annotations

import pytest

from hub.registry.instances import brakes
from hub.registry.instances.documents import instance_documents
from hub.registry.instances.rows import Instance, InstanceLease, Source
from hub.registry.instances.sweeping import sweep
from tests.instances.kinds import join, pass_time, status_of

pytestmark = pytest.mark.django_db

HOUR = 3600.0


def _silent(ttl: float, share: float, *, source: Source, count: int = 30) -> None:
    """So many that renew at ``share`` of the TTL, spread evenly over it."""
    for number in range(count):
        join(f"shop-{number}", source=source, lease=ttl)
    pass_time(HOUR)  # they have been there for long
    for number in range(count):
        pass_time((number + 0.5) / count * ttl * share - HOUR, f"shop-{number}")
    InstanceLease.objects.update(registered_at=0.0)


@pytest.mark.parametrize("share", [0.5, 2 / 3])
@pytest.mark.parametrize("ttl", [10.0, 30.0, 60.0, 90.0, 180.0, 300.0])
def test_clients_of_consul_that_live_do_not_look_like_an_outage(ttl: float, share: float) -> None:
    _silent(ttl, share, source=Source.CONSUL)
    assert not brakes.too_few(*brakes.renewals())


def test_at_the_hubs_own_pace_some_would_look_like_one() -> None:
    _silent(180.0, 0.5, source=Source.API)
    assert brakes.too_few(*brakes.renewals())


def test_when_all_fall_silent_the_brake_holds_before_the_first_lease_is_over() -> None:
    _silent(30.0, 0.5, source=Source.CONSUL)
    pass_time(14.0)
    assert sweep().held_back == 0
    assert brakes.state().preserving


def test_a_lease_of_consul_is_never_late() -> None:
    join("told")
    join("untold", source=Source.CONSUL)
    pass_time(25.0)
    sweep()
    assert (status_of("told"), status_of("untold")) == ("UNKNOWN", "UP")
    pass_time(6.0, "untold")
    sweep()
    assert status_of("untold") == "DOWN"


def test_documents_tell_the_pace() -> None:
    join("told", lease=60.0)
    join("untold", source=Source.CONSUL, lease=60.0)
    found = instance_documents(list(Instance.objects.order_by("id")))
    assert [each["renew_in"] for each in found] == [20.0, 40.0]
