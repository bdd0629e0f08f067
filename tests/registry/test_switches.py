"""The switch of a plugin: what it says, who it tells, what it can't do."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection, transaction

from hub.operations import switches as followed
from hub.operations.pipeline import invoke_sync
from hub.registry import switches
from hub.registry.models import Plugin
from hub.registry.sync import sync
from hub.sdk import Unavailable, action, allow_all
from hub.sdk.callers import ANONYMOUS
from hub.wire.errors import Conflict
from tests.registry.catalogs import engine_of, plugin


@action(access=allow_all)
def soup() -> str:
    return "soup"


@pytest.mark.django_db(transaction=True)
def test_a_switch_takes_effect_at_once_in_this_process() -> None:
    engine = engine_of(plugin("kitchen", soup))
    sync(engine)
    followed.forget()
    operation = engine.operation("kitchen.soup")

    def call() -> str:
        result: str = invoke_sync(operation, caller=ANONYMOUS, arguments={}, transport="test")
        return result

    row = Plugin.objects.get()
    assert call() == "soup"
    assert switches.switch(row, on=False, user_id=None)
    with pytest.raises(Unavailable):
        call()
    assert switches.switch(row, on=True, user_id=None)
    assert call() == "soup"


@pytest.mark.django_db
def test_switching_twice_changes_once_and_is_logged_once() -> None:
    user = User.objects.create_superuser("root")
    sync(engine_of(plugin("kitchen", soup)))
    row = Plugin.objects.get()
    assert switches.switch(row, on=False, user_id=user.pk)
    assert not switches.switch(row, on=False, user_id=user.pk)
    (entry,) = LogEntry.objects.all()
    assert (entry.object_id, entry.change_message) == ("kitchen", "Switched off.")


@pytest.mark.django_db
def test_parts_of_the_hub_stay_on() -> None:
    sync(engine_of(plugin("core", builtin=True)))
    with pytest.raises(Conflict):
        switches.switch(Plugin.objects.get(), on=False, user_id=None)
    Plugin.objects.update(enabled=False)  # whatever got into the row
    assert switches.read_off(None) == frozenset()


@pytest.mark.django_db
def test_only_switched_off_plugins_are_read() -> None:
    sync(engine_of(plugin("kitchen", soup), plugin("garden")))
    Plugin.objects.filter(label="garden").update(enabled=False)
    assert switches.read_off(None) == {"garden"}


@pytest.mark.django_db
def test_before_migrate_nothing_is_off_and_no_transaction_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(switches, "_seen", set())
    monkeypatch.setattr(Plugin._meta, "db_table", "not_migrated_yet")
    with transaction.atomic():
        assert switches.read_off(None) == frozenset()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
