"""Leases: who holds an id, and until when."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from hub.client.instances import InstanceStatus, StaleLease, UnknownInstance
from hub.registry.clock import database_time
from hub.registry.instances.leases import deregister, register, renew
from hub.registry.instances.renewing import Renewal, renew_all
from hub.registry.instances.rows import (
    Change,
    Instance,
    InstanceLease,
    InstanceService,
    Source,
)
from hub.wire.errors import Forbidden, InvalidInput
from tests.instances.kinds import addresses_of, join, pass_time, registration, status_of

pytestmark = pytest.mark.django_db


def test_a_lease_lasts_as_long_as_it_says_and_not_twice() -> None:
    join(lease=30.0)
    claim = InstanceLease.objects.get()
    assert claim.expires_at - claim.renewed_at == pytest.approx(30.0)
    assert claim.renewed_at == pytest.approx(database_time(), abs=5.0)


def test_a_renewal_extends_it_from_now_on() -> None:
    lease = join()
    pass_time(20.0)
    before = InstanceLease.objects.get().expires_at
    renew(lease.id, lease.generation)
    after = InstanceLease.objects.get()
    assert after.expires_at - before > 15.0
    assert after.expires_at - after.renewed_at == pytest.approx(30.0)


def test_the_answer_says_when_to_renew() -> None:
    assert join().renew_in == pytest.approx(10.0)
    assert join("shop-2", lease=300.0).renew_in == pytest.approx(100.0)


def test_a_renewal_that_brings_no_news_is_one_statement_and_no_change(
    django_assert_num_queries: object,
) -> None:
    lease = join()
    changes = Change.objects.count()
    with django_assert_num_queries(1):  # type: ignore[operator]
        renew(lease.id, lease.generation, status=InstanceStatus.UP)
    assert Change.objects.count() == changes


def test_many_renewals_are_one_statement(django_assert_num_queries: object) -> None:
    leases = [join(f"shop-{number}") for number in range(50)]
    asked = [Renewal(lease.id, lease.generation, None, "ann") for lease in leases]
    with django_assert_num_queries(1):  # type: ignore[operator]
        outcomes = renew_all(asked)
    assert outcomes == leases


def test_each_of_many_gets_its_own_answer() -> None:
    first, other = join("shop-1"), join("shop-2", owner="bob")
    second = join("shop-1")
    outcomes = renew_all(
        [
            Renewal("shop-1", first.generation, None, "ann"),
            Renewal("shop-1", second.generation, None, "ann"),
            Renewal("shop-2", other.generation, None, "ann"),
            Renewal("shop-2", other.generation, None, None),
            Renewal("gone", 1, None, "ann"),
            Renewal("shop-1", second.generation, None, "ann"),
        ]
    )
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == ["StaleLease", "Lease", "Forbidden", "Lease", "UnknownInstance", "Lease"]


def test_an_older_process_can_not_revive_what_a_newer_one_holds() -> None:
    old = join()
    new = join()
    assert new.generation > old.generation
    with pytest.raises(StaleLease):
        renew(old.id, old.generation)
    assert not deregister(old.id, old.generation)
    assert Instance.objects.get().generation == new.generation


def test_generations_grow_over_a_removal() -> None:
    old = join()
    deregister(old.id, old.generation)
    new = join()
    assert new.generation > old.generation
    with pytest.raises(StaleLease):
        renew(old.id, old.generation)


def test_a_lease_that_a_restored_database_has_not_seen_yet_is_registered_anew() -> None:
    lease = join()
    with pytest.raises(UnknownInstance):
        renew(lease.id, lease.generation + 5)


def test_what_is_not_known_is_told_so() -> None:
    with pytest.raises(UnknownInstance, match="'shop-9'"):
        renew("shop-9", 1)
    assert not deregister("shop-9")


def test_somebody_elses_instance_is_left_alone() -> None:
    lease = join(owner="ann")
    with pytest.raises(Forbidden):
        join(owner="bob")
    with pytest.raises(Forbidden):
        renew(lease.id, lease.generation, owner="bob")
    with pytest.raises(Forbidden):
        deregister(lease.id, owner="bob")
    register(registration(), source=Source.API, owner="eve", any_owner=True)
    assert Instance.objects.get().owner == "eve"


def test_registering_anew_replaces_all_that_was_said() -> None:
    join(services=("inventory", "orders"), addresses={"rest": "http://a/"}, zone="north")
    join(services=("orders",), addresses={"dispatch-json": "http://b/rpc"})
    row = Instance.objects.get()
    assert (row.services, row.zone) == (["orders"], "")
    assert addresses_of("shop-1") == {"dispatch-json": "http://b/rpc"}
    assert list(InstanceService.objects.values_list("name", flat=True)) == ["orders"]


def test_followers_of_a_service_that_is_no_longer_offered_are_told() -> None:
    join(services=("inventory", "orders"))
    join(services=("orders",))
    assert set(Change.objects.latest("index").services) == {"inventory", "orders"}


def test_an_instance_says_how_it_is_with_a_renewal() -> None:
    lease = join()
    renew(lease.id, lease.generation, status=InstanceStatus.DRAINING)
    assert status_of() == "DRAINING"
    assert Change.objects.latest("index").kind == Change.Kind.STATUS
    renew(lease.id, lease.generation)
    assert status_of() == "DRAINING"
    renew(lease.id, lease.generation, status=InstanceStatus.UP)
    assert status_of() == "UP"


def test_an_instance_can_not_say_that_it_is_unknown() -> None:
    lease = join()
    with pytest.raises(InvalidInput):
        renew(lease.id, lease.generation, status=InstanceStatus.UNKNOWN)


def test_without_a_lease_there_is_nothing_to_renew() -> None:
    lease = register(registration(), source=Source.ADMIN, leased=False)
    assert not InstanceLease.objects.exists()
    with pytest.raises(UnknownInstance, match="no lease"):
        renew(lease.id, lease.generation)


def test_deregistering_removes_all_of_it() -> None:
    lease = join()
    assert deregister(lease.id, lease.generation, owner="ann")
    assert not Instance.objects.exists()
    assert not InstanceLease.objects.exists()
    change = Change.objects.latest("index")
    assert (change.kind, change.instance, change.services) == ("removed", "shop-1", ["inventory"])


def test_after_an_outage_all_come_back_in_few_statements(
    django_assert_max_num_queries: object,
) -> None:
    leases = [join(f"shop-{number}") for number in range(50)]
    InstanceLease.objects.update(state="late")
    Instance.objects.update(status="UNKNOWN")
    asked = [Renewal(lease.id, lease.generation, InstanceStatus.UP, "ann") for lease in leases]
    before = Change.objects.count()
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert renew_all(asked) == leases
    assert set(Instance.objects.values_list("status", flat=True)) == {"UP"}
    assert Change.objects.count() == before + 50


def test_a_lease_that_is_asked_for_twice_at_once_is_renewed_for_both() -> None:
    lease = join()
    asked = [
        Renewal(lease.id, lease.generation, InstanceStatus.DRAINING, "ann"),
        Renewal(lease.id, lease.generation, None, "ann"),
    ]
    assert renew_all(asked) == [lease, lease]


@pytest.mark.django_db(transaction=True)
def test_a_renewal_does_not_wait_for_the_disk_of_postgresql_and_all_else_does() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the database is not PostgreSQL")
    lease = join()
    before = InstanceLease.objects.get().expires_at
    with transaction.atomic():
        renew(lease.id, lease.generation)
        assert _commits() == "off"
    assert _commits() == "on"
    assert InstanceLease.objects.get().expires_at > before


def _commits() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])
