"""Every change is in the history: who, what, when."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.history import acting_as
from plugins.flags.models import Change, Environment, Flag, Rule, SnapshotVersion

pytestmark = pytest.mark.django_db


def test_a_changed_field_is_told_with_its_old_and_new_value(admin_user: User) -> None:
    flag = create_flag("a", owner="Shop")
    flag.owner = "Growth"
    with acting_as("admin", admin_user.pk):
        flag.save()
    change = Change.objects.first()
    assert change is not None
    assert (change.actor, change.user) == ("admin", admin_user)
    assert (change.kind, change.subject, change.flag_key) == ("flag", "a", "a")
    assert (change.field, change.old, change.new) == ("owner", "Shop", "Growth")


def test_saving_without_a_change_leaves_no_trace() -> None:
    flag = create_flag("a")
    count = Change.objects.count()
    flag.save()
    assert Change.objects.count() == count


def test_code_without_a_user_is_the_system() -> None:
    create_flag("a")
    assert set(Change.objects.values_list("actor", flat=True)) == {"system"}


def test_a_switch_tells_flag_and_environment(production: Environment) -> None:
    create_flag("a")
    set_enabled("a", "production", True)
    change = Change.objects.first()
    assert change is not None
    assert (change.flag_key, change.environment_key) == ("a", "production")
    assert (change.field, change.old, change.new) == ("enabled", False, True)


def test_switching_to_the_same_state_is_no_change(production: Environment) -> None:
    create_flag("a")
    count = Change.objects.count()
    set_enabled("a", "production", False)
    assert Change.objects.count() == count


def test_a_deleted_flag_leaves_all_its_parts_in_the_history(production: Environment) -> None:
    flag = create_flag("a")
    Rule.objects.create(flag=flag, environment=production, variant=flag.variants.first(), name="r")
    flag.delete()
    gone = Change.objects.filter(action="deleted", flag_key="a")
    assert sorted(gone.values_list("kind", flat=True)) == [
        "flag",
        "rule",
        "state",
        "variant",
        "variant",
    ]
    rule = gone.get(kind="rule")
    assert rule.old["name"] == "r"


def test_bulk_writes_are_in_the_history_too() -> None:
    create_flag("a")
    create_flag("b")
    assert Flag.objects.update(owner="Shop") == 2
    assert Change.objects.filter(field="owner", new="Shop").count() == 2
    Flag.objects.bulk_create([Flag(key="c")])
    assert Change.objects.filter(kind="flag", subject="c", action="created").exists()
    flags = list(Flag.objects.all())
    for flag in flags:
        flag.name = "x"
    Flag.objects.bulk_update(flags, ["name"])
    assert Change.objects.filter(field="name", new="x").count() == 3
    Flag.objects.all().delete()
    assert Change.objects.filter(kind="flag", action="deleted").count() == 3


def test_a_change_that_is_rolled_back_leaves_no_trace() -> None:
    flag = create_flag("a")
    before = (str(SnapshotVersion.objects.get()), Change.objects.count())
    with pytest.raises(RuntimeError), transaction.atomic():
        flag.owner = "x"
        flag.save()
        raise RuntimeError
    assert (str(SnapshotVersion.objects.get()), Change.objects.count()) == before


def test_the_history_outlives_the_user(admin_user: User) -> None:
    with acting_as("admin", admin_user.pk):
        create_flag("a")
    admin_user.delete()
    assert Change.objects.filter(actor="admin", user=None).exists()
