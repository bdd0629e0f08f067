"""What operators do with instances."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User

from hub.client.instances import UnknownInstance
from hub.registry.instances.leases import renew
from hub.registry.instances.rows import Change, Instance
from hub.registry.instances.steering import drain, evict, restore, set_weight, take_out
from hub.wire.errors import InvalidInput
from tests.instances.kinds import join, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> int:
    user: User = User.objects.create_user("ann")
    return user.pk


def test_draining_and_back(operator: int) -> None:
    join()
    assert drain(["shop-1"], reason="update", user_id=operator) == ("shop-1",)
    assert status_of() == "DRAINING"
    assert restore(["shop-1"], reason="updated", user_id=operator) == ("shop-1",)
    assert status_of() == "UP"
    said = list(LogEntry.objects.order_by("pk").values_list("change_message", "action_flag"))
    assert said == [("Drained: update", CHANGE), ("Restored: updated", CHANGE)]


def test_the_reason_is_shown_as_long_as_it_counts() -> None:
    join()
    take_out(["shop-1"], reason="disk full", user_id=None)
    assert Instance.objects.get().override_reason == "disk full"
    restore(["shop-1"], reason="", user_id=None)
    assert Instance.objects.get().override_reason == ""


def test_a_restart_does_not_put_back_what_was_taken_out() -> None:
    join()
    take_out(["shop-1"], reason="", user_id=None)
    join()
    assert status_of() == "OUT_OF_SERVICE"


def test_nothing_is_said_of_what_changes_nothing(operator: int) -> None:
    join()
    take_out(["shop-1"], reason="x", user_id=operator)
    changes = Change.objects.count()
    assert take_out(["shop-1"], reason="x", user_id=operator) == ()
    assert (Change.objects.count(), LogEntry.objects.count()) == (changes, 1)


def test_the_operators_weight_outlives_registrations_until_it_is_given_up() -> None:
    join(weight=100)
    set_weight(["shop-1"], 10, reason="", user_id=None)
    assert Instance.objects.get().weight == 10
    assert Change.objects.latest("index").kind == "weight"
    join(weight=200)
    assert Instance.objects.get().weight == 10
    set_weight(["shop-1"], None, reason="", user_id=None)
    assert Instance.objects.get().weight == 200


@pytest.mark.parametrize("weight", [-1, 1001])
def test_a_weight_is_bounded(weight: int) -> None:
    with pytest.raises(InvalidInput):
        set_weight(["shop-1"], weight, reason="", user_id=None)


def test_who_is_evicted_is_told_with_the_next_renewal(operator: int) -> None:
    lease = join()
    assert evict(["shop-1", "shop-2"], reason="wrong host", user_id=operator) == ("shop-1",)
    assert not Instance.objects.exists()
    with pytest.raises(UnknownInstance):
        renew(lease.id, lease.generation)
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id) == (DELETION, "shop-1")
    assert entry.change_message == "Evicted: wrong host"


def test_many_are_one_history_entry_and_one_change_each(operator: int) -> None:
    for number in range(3):
        join(f"shop-{number}")
    drain([f"shop-{number}" for number in range(3)], reason="", user_id=operator)
    assert LogEntry.objects.count() == 3
    assert Change.objects.filter(kind="status").count() == 3
