"""What Celery's processes have done, as rows that only grow: they answer no scrapes."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models

from hub.registry.minutes import Counted

TASK: Final = "task"
CALL: Final = "call"
OUTGOING_CALL: Final = "outgoing"


class CeleryTotal(Counted):
    """Of all processes together, since the first start.

    The runs of a :data:`TASK`, by its ``name``; those put off or skipped are ``refused``, those cut
    off are ``errors`` without a latency. And what Celery's own programs call, which the rows by
    minute count as well: a :data:`CALL` of an operation by ``name`` and ``transport``, an
    :data:`OUTGOING_CALL` of a service elsewhere by its name and channel.
    """

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=400)
    transport = models.CharField(max_length=100, blank=True)

    class Meta(Counted.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "name", "transport"], name="registry_one_celery_total"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.transport}".rstrip()
