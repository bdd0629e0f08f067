"""Storing what operators set, with its history. The layers and the rules of values are
``hub.operations.configuration``'s."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from hub.operations.configuration import current
from hub.operations.configuration.current import AllStored, Slot
from hub.operations.configuration.leaves import leaves
from hub.operations.configuration.settled import check, settle
from hub.operations.configuration.wrong import Wrong, WrongSettings
from hub.registry import troubles
from hub.registry.models import Plugin
from hub.registry.setting_rows import SettingChange, SettingOverride
from hub.sdk.signals import SettingsChanged, settings_changed
from hub.wire.errors import Conflict, NotFound

_seen: Final[set[str]] = set()

Values = Mapping[str, Any]


def read_stored(previous: AllStored | None) -> AllStored:
    """All values that operators have set. Before ``migrate`` there are none."""
    if not _table_exists():
        return {}
    found: dict[str, dict[str, Any]] = {}
    rows = SettingOverride.objects.values_list("plugin_id", "key", "value")
    for label, key, value in rows.order_by("plugin_id", "key"):
        found.setdefault(label, {})[key] = value
    return found


def unfit() -> dict[str, list[dict[str, Any]]]:
    """Stored values that no longer fit their plugin's settings, as troubles by its label."""
    slots = current.slots()
    found: dict[str, list[dict[str, Any]]] = {}
    for label, stored in read_stored(None).items():
        if label in slots:
            failures = current.as_failures(settle(slots[label].layers, stored).faults)
            found[label] = [
                {"where": failure.where, "message": failure.message, "traceback": ""}
                for failure in failures
            ]
    return found


def slot_of(label: str) -> Slot:
    """Raises :class:`NotFound` for a plugin without settings."""
    slot = current.slots().get(label)
    if slot is None:
        raise NotFound(f"The plugin '{label}' has no settings.", code="no_settings")
    return slot


def version_of(plugin: Plugin) -> int:
    """Counts up with each change of the plugin's settings."""
    newest = SettingChange.objects.filter(plugin=plugin).values_list("id", flat=True).first()
    return newest or 0


def store(
    plugin: Plugin,
    changes: Values,
    *,
    resets: frozenset[str] = frozenset(),
    user: AbstractBaseUser | None,
    seen: int | None = None,
    note: str = "",
) -> tuple[str, ...]:
    """Give settings the values of ``changes`` by dotted key, and leave those in ``resets`` to the
    layers below. This process follows at once, others within a second.

    Returns the keys that changed. Raises :class:`WrongSettings` if the whole does not fit the
    model, :class:`Conflict` if the settings are no longer at version ``seen``.
    """
    slot = slot_of(plugin.label)
    _refuse_secrets(slot, changes)
    with transaction.atomic():
        Plugin.objects.select_for_update().get(pk=plugin.pk)  # changes follow one another
        if seen is not None and seen != version_of(plugin):
            raise Conflict(
                "Somebody else has changed these settings meanwhile.", code="settings_changed"
            )
        before = dict(_stored(plugin))
        # What no longer fits has no effect, and must not stand in the way of what does.
        unfit_keys = frozenset(settle(slot.layers, before).left_out) - changes.keys()
        gone = resets | unfit_keys
        after = {key: value for key, value in {**before, **changes}.items() if key not in gone}
        check(slot.layers, after)
        changed = tuple(sorted(_differing(before, after)))
        for key in changed:
            _write(plugin, key, before, after, user, note)
        if changed:
            _log(plugin, changed, user, note)
            transaction.on_commit(_follow)
            told = SettingsChanged(plugin.label, changed, user.pk if user is not None else None)
            transaction.on_commit(partial(settings_changed.send, told))
    return changed


def roll_back(plugin: Plugin, change_id: int, *, user: AbstractBaseUser | None) -> tuple[str, ...]:
    """Bring back what was set before the change, undoing it and every later one.

    Returns the keys that changed. Raises :class:`NotFound`, and what :func:`store` raises.
    """
    later = SettingChange.objects.filter(plugin=plugin, id__gte=change_id).order_by("-id")
    rows = list(later)
    if not rows or rows[-1].pk != change_id:
        raise NotFound(f"There is no change {change_id}.", code="unknown_change")
    olds = {row.key: row.old for row in rows}  # the last one to say it is the oldest row
    return store(
        plugin,
        {key: old["value"] for key, old in olds.items() if old is not None},
        resets=frozenset(key for key, old in olds.items() if old is None),
        user=user,
        note=f"Rolled back to before change {change_id}.",
    )


def _refuse_secrets(slot: Slot, changes: Values) -> None:
    secret = {leaf.key for leaf in leaves(slot.declaration.settings) if leaf.secret}
    faults = [
        Wrong(tuple(key.split(".")), "is a secret", f"{key} is a secret and is never stored")
        for key in changes
        if any(
            key == name or f"{key}.".startswith(f"{name}.") or name.startswith(f"{key}.")
            for name in secret
        )
    ]
    if faults:
        raise WrongSettings(faults)


def _stored(plugin: Plugin) -> list[tuple[str, Any]]:
    return list(SettingOverride.objects.filter(plugin=plugin).values_list("key", "value"))


def _differing(before: Values, after: Values) -> list[str]:
    return [
        key
        for key in {*before, *after}
        if (key in before) != (key in after) or not _same(before[key], after[key])
    ]


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON is: true is not 1."""
    return type(one) is type(other) and bool(one == other)


def _write(
    plugin: Plugin,
    key: str,
    before: Values,
    after: Values,
    user: AbstractBaseUser | None,
    note: str,
) -> None:
    if key in after:
        SettingOverride.objects.update_or_create(
            plugin=plugin, key=key, defaults={"value": after[key]}
        )
    else:
        SettingOverride.objects.filter(plugin=plugin, key=key).delete()
    SettingChange.objects.create(
        plugin=plugin,
        key=key,
        old={"value": before[key]} if key in before else None,
        new={"value": after[key]} if key in after else None,
        user_id=user.pk if user is not None else None,
        username=user.get_username() if user is not None else "",
        note=note,
    )


def _log(
    plugin: Plugin, changed: tuple[str, ...], user: AbstractBaseUser | None, note: str
) -> None:
    if user is None:
        return
    LogEntry.objects.log_actions(
        user.pk,
        Plugin.objects.filter(pk=plugin.pk),
        CHANGE,
        f"{note or 'Changed settings.'} {', '.join(changed)}"[:2000],
        single_object=True,
    )


def _follow() -> None:
    current.forget()
    current.follow()
    troubles.forget()


def _table_exists() -> bool:
    """Asked until the answer is yes, as in ``hub.registry.switches``."""
    name = str(connection.settings_dict["NAME"])
    table = SettingOverride._meta.db_table
    if name not in _seen and table in connection.introspection.table_names():
        _seen.add(name)
    return name in _seen
