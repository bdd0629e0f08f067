"""Every change of a tracked row writes its history and bumps the version, in its transaction."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model, RestrictedError
from django.db.models.query import QuerySet
from django.db.models.signals import post_delete, post_migrate, post_save, pre_delete, pre_save

BEFORE = "_flags_before"


def connect(config: AppConfig) -> None:
    """Listen to the tracked models; called once, when Django is ready."""
    from plugins.flags.models import Tracked

    for model in config.get_models():
        if issubclass(model, Tracked):
            label = f"flags.{model.__name__}"
            pre_save.connect(remember, sender=model, dispatch_uid=label)
            post_save.connect(saved, sender=model, dispatch_uid=label)
            pre_delete.connect(refuse, sender=model, dispatch_uid=label)
            post_delete.connect(deleted, sender=model, dispatch_uid=label)
    post_migrate.connect(first_environment, sender=config, dispatch_uid="flags")


def remember(instance: Any, raw: bool = False, **_: Any) -> None:
    before = instance.stored()
    if before is not None:
        # Related rows are named in the history: read those names before they can change.
        from plugins.flags.history import plain_fields

        plain_fields(before)
    instance.__dict__[BEFORE] = before


def saved(instance: Any, update_fields: Any = None, raw: bool = False, **_: Any) -> None:
    from plugins.flags.history import bump_version, record_save

    before = instance.__dict__.pop(BEFORE, None)
    if not raw:  # a fixture may bring rows before those they point to
        record_save(instance, before, update_fields)
    bump_version()
    follow()


def deleted(instance: Any, **_: Any) -> None:
    from plugins.flags.history import bump_version

    bump_version()
    follow()


def follow() -> None:
    """This process sees its own change at once, not within a second."""
    from plugins.flags.push import WATCHER
    from plugins.flags.snapshot import SNAPSHOT

    transaction.on_commit(SNAPSHOT.forget)
    transaction.on_commit(WATCHER.look)


def refuse(instance: Any, origin: Any = None, **_: Any) -> None:
    """Stop the deletion of what others need; else write the history while all names are there."""
    from plugins.flags.history import record_delete
    from plugins.flags.models import Environment, Segment, Variant

    source: type[Model] = origin.model if isinstance(origin, QuerySet) else type(origin)
    if isinstance(instance, Environment) and instance.is_default:
        raise RestrictedError("The default environment can't be deleted.", {instance})
    if isinstance(instance, Segment) and (rules := instance.users()):
        raise RestrictedError(f"Rules use the segment '{instance}'.", set(rules))
    if isinstance(instance, Variant) and source is Variant and (uses := instance.shares()):
        raise RestrictedError(f"'{instance}' has a share in {', '.join(uses)}.", {instance})
    record_delete(instance)


def first_environment(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """A new hub starts with one environment, ``production``. When the migrations are undone, this
    is called as well, and there are no tables."""
    from plugins.flags.models import Environment, SnapshotVersion

    if SnapshotVersion._meta.db_table not in connections[using].introspection.table_names():
        return
    SnapshotVersion.objects.get_or_create(pk=1)
    if not Environment.objects.exists():
        Environment(key="production", name="Production", is_default=True).save()
