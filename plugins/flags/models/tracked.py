"""Rows whose every change is validated, remembered and followed.

Signals (``plugins.flags.signals``) write the history and bump the version in the transaction of
the change itself; this base makes sure that there is one, and that bulk operations, which send no
signals in Django, do not slip past.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

M = TypeVar("M", bound="Tracked")


class TrackedQuerySet(models.QuerySet[M]):
    """Bulk writes go row by row: there are few rows, and each leaves its mark in the history."""

    def update(self, **values: Any) -> int:
        with transaction.atomic():
            rows = list(self)
            for row in rows:
                for name, value in values.items():
                    setattr(row, name, value)
                row.save()
        return len(rows)

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        with transaction.atomic():
            rows = list(objs)
            for row in rows:
                row.save(force_insert=True)
        return rows

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], *args: Any, **kw: Any) -> int:
        with transaction.atomic():
            rows = list(objs)
            for row in rows:
                row.save(update_fields=list(fields))
        return len(rows)


class Tracked(models.Model):
    """The base of everything that decides what a flag yields."""

    objects = TrackedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError for what the admin's forms would refuse."""
        self.full_clean()
        with transaction.atomic():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises RestrictedError for what others need; a transaction around it stays usable."""
        with transaction.atomic():
            return super().delete(*args, **kwargs)

    def stored(self: M) -> M | None:
        """The row as it is in the database, ``None`` if it isn't there yet."""
        return type(self)._base_manager.filter(pk=self.pk).first() if self.pk else None

    def refuse_change_of(self, *names: str) -> None:
        """Raise ValidationError if one of these fields differs from the stored row's."""
        stored = self.stored()
        for name in names:
            if stored is not None and getattr(stored, name) != getattr(self, name):
                raise ValidationError({name: "This can't be changed: programs rely on it."})
