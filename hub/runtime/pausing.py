"""The operator's switch of each worker."""

from __future__ import annotations

from typing import Final

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from hub.runtime.models import Worker
from hub.sdk.followed import Followed

LONGEST_REASON: Final = 500


def _read(previous: frozenset[str] | None) -> frozenset[str]:
    return frozenset(Worker.objects.filter(enabled=False).values_list("name", flat=True))


_followed: Final[Followed[frozenset[str]]] = Followed(_read)


def paused() -> frozenset[str]:
    """Names of the workers that shall not run, at most a second old. Does database I/O."""
    return _followed.get()


def switch(worker: Worker, *, on: bool, user_id: int | None, reason: str = "") -> bool:
    """Pause or resume it, in every process within a second; whether that changed anything. The
    history of the worker tells who did it, and why."""
    with transaction.atomic():
        changed = Worker.objects.filter(pk=worker.pk, enabled=not on).update(enabled=on)
        if changed and user_id is not None:
            word = "Resumed" if on else "Paused"
            _note(worker, f"{word}: {reason}" if reason else f"{word}.", user_id)
        transaction.on_commit(_followed.forget)
    worker.enabled = on
    return bool(changed)


def _note(worker: Worker, text: str, user_id: int) -> None:
    rows = Worker.objects.filter(pk=worker.pk)
    LogEntry.objects.log_actions(user_id, rows, CHANGE, text, single_object=True)
