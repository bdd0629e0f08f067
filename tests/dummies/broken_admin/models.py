from __future__ import annotations

from django.db import models


class Plain(models.Model):
    class Meta:
        managed = False

    def __str__(self) -> str:
        return "plain"


class Special(models.Model):
    class Meta:
        managed = False

    def __str__(self) -> str:
        return "special"
