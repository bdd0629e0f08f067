"""What the plugin keeps for itself: the history, the version of the tables, the counts."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models


class Change(models.Model):
    """One field of one row changed, or a row appeared (``old`` is null) or went (``new`` is)."""

    class Action(models.TextChoices):
        CREATED = "created", "created"
        CHANGED = "changed", "changed"
        DELETED = "deleted", "deleted"

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField("who", max_length=200)
    action = models.CharField(max_length=10, choices=Action)
    kind = models.CharField("what", max_length=50)
    subject = models.CharField(max_length=300)
    flag_key = models.CharField("flag", max_length=100, blank=True, db_index=True)
    environment_key = models.CharField("environment", max_length=100, blank=True)
    field = models.CharField(max_length=100, blank=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        verbose_name = "change"
        verbose_name_plural = "changes"
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.action}"

    @property
    def old_text(self) -> str:
        return _text(self.old)

    @property
    def new_text(self) -> str:
        return _text(self.new)

    @property
    def field_words(self) -> str:
        return self.field.replace("_", " ")


def _text(value: Any) -> str:
    """JSON for people: nothing for null, and of a whole row only what says something."""
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if part not in (None, "", [])}
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


class SnapshotVersion(models.Model):
    """One row, changed in the transaction of every change: who has seen it has seen them all.

    ``stamp`` is random, so that a database put back from a backup never shows a version that
    stood for something else.
    """

    number = models.PositiveBigIntegerField(default=0)
    stamp = models.CharField(max_length=32, default="")

    def __str__(self) -> str:
        return f"{self.number}-{self.stamp}"


class EvaluationCount(models.Model):
    """How often a flag yielded a variant in an environment, in ``width`` seconds from ``start``.

    Minutes are kept for two hours, hours for thirty days. ``variant`` is empty for failures.
    """

    flag_key = models.CharField(max_length=100)
    environment_key = models.CharField(max_length=100)
    variant = models.CharField(max_length=100, blank=True)
    width = models.PositiveIntegerField()
    start = models.DateTimeField()
    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("flag_key", "environment_key", "variant", "width", "start"),
                name="flags_one_count",
            )
        ]
        indexes = [models.Index(fields=("width", "start"), name="flags_count_age")]

    def __str__(self) -> str:
        return f"{self.flag_key} {self.variant} {self.number}"
