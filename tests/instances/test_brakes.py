"""Self-preservation's numbers, and protection of services."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from hub.registry.instances import brakes
from hub.registry.instances.reading import changes_since, instances_of
from hub.registry.instances.rows import Brake, Change, Instance, InstanceLease
from hub.registry.instances.steering import drain, take_out
from tests.instances.kinds import join, pass_time

pytestmark = pytest.mark.django_db


def test_all_renewals_of_a_minute_are_expected_and_counted() -> None:
    for number in range(4):
        join(f"shop-{number}")
    assert brakes.renewals() == (4, 0.0, 0.0)
    pass_time(300.0)  # nothing was heard of them for long
    assert brakes.renewals() == (4, 24.0, 0.0)


@pytest.mark.parametrize(
    ("silent", "arrived"), [(1.0, 6.0), (9.0, 6.0), (15.0, 5.0), (35.0, 3.0), (59.0, 1.0)]
)
def test_silence_is_what_is_missing(silent: float, arrived: float) -> None:
    join()
    InstanceLease.objects.update(registered_at=0.0)
    pass_time(silent)
    assert brakes.renewals() == (1, 6.0, arrived)


def test_one_that_has_only_joined_is_expected_nothing_of() -> None:
    join()
    pass_time(8.0)
    assert brakes.renewals() == (1, 0.0, 0.0)


def _with(well: int, down: int, *, service: str = "inventory") -> None:
    for number in range(well + down):
        join(f"{service}-{number}", services=(service,))
    ids = [f"{service}-{number}" for number in range(down)]
    Instance.objects.filter(pk__in=ids).update(status="DOWN")


@pytest.mark.parametrize(("well", "down", "protected"), [(1, 1, False), (1, 2, True), (0, 1, True)])
def test_a_service_with_less_than_half_well_is_protected(
    well: int, down: int, protected: bool
) -> None:
    _with(well, down)
    assert instances_of("inventory").protected is protected
    assert len(instances_of("inventory").instances) == well + down


def test_what_operators_took_out_is_no_matter_of_health() -> None:
    _with(5, 0)
    take_out(["inventory-0", "inventory-1"], reason="", user_id=None)
    drain(["inventory-2"], reason="", user_id=None)
    assert not instances_of("inventory").protected


def test_changes_name_the_protected_services_that_were_asked_for() -> None:
    _with(0, 1, service="inventory")
    _with(0, 1, service="orders")
    assert changes_since(0).protected == {"inventory", "orders"}
    assert changes_since(0, services=frozenset({"orders"})).protected == {"orders"}


def test_operators_force_protection_and_everybody_hears_of_it() -> None:
    user = User.objects.create_user("ann")
    _with(2, 0)
    assert brakes.force(user_id=user.pk, reason="trial", protection=Brake.Mode.ON)
    assert instances_of("inventory").protected
    change = Change.objects.latest("index")
    assert (change.kind, change.services) == ("brakes", [])
    assert "trial" in LogEntry.objects.latest("pk").change_message
    assert not brakes.force(user_id=user.pk, reason="again", protection=Brake.Mode.ON)
    brakes.force(user_id=None, reason="", protection=Brake.Mode.OFF)
    Instance.objects.update(status="DOWN")
    assert not instances_of("inventory").protected
