"""What Celery does for Django in its workers, but for closing the pool of database connections.

In a forked process Celery closes it before and after each task. But it is the pool of the whole
process: threads beside the task, which follow the registry and what operators switch, would lose
their connections in the midst of their work. A fork has a pool of its own anyway
(``hub.operations.threads``), so it is enough that the task's connection goes back to it.
"""

from __future__ import annotations

from typing import Any

from celery.fixups.django import DjangoFixup, DjangoWorkerFixup


class _KeepsPools(DjangoWorkerFixup):  # type: ignore[misc]
    def _is_prefork(self) -> bool:
        """Celery closes pools where this is true, and asks for nothing else."""
        return False


class HubFixup(DjangoFixup):  # type: ignore[misc]
    _worker_fixup: DjangoWorkerFixup | None

    @property
    def worker_fixup(self) -> DjangoWorkerFixup:
        if self._worker_fixup is None:
            self._worker_fixup = _KeepsPools(self.app)
        return self._worker_fixup


def fixup(app: Any) -> HubFixup:
    """Called by Celery when the app is made."""
    made: HubFixup = HubFixup(app).install()
    return made
