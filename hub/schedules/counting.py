"""Runs of tasks are counted, in whichever process they run: for /metrics."""

from __future__ import annotations

import time
from typing import Any, Final

from billiard.common import terminate_handler_fired  # type: ignore[import-untyped]
from billiard.exceptions import Terminated, TimeLimitExceeded, WorkerLostError  # type: ignore[import-untyped]
from celery import signals, states

from hub.registry.statistics import recorder

_OUTCOMES: Final = {
    states.SUCCESS: 200,
    states.FAILURE: 500,
    # Given back to be run later, or not to be run.
    **dict.fromkeys((states.RETRY, states.IGNORED, states.REJECTED), 409),
}
# What Celery says of a run that did not end by itself: in the process that watches it, which may be
# another one.
_CUT_OFF: Final = (TimeLimitExceeded, WorkerLostError, Terminated)

_begun: Final[dict[str, float]] = {}  # by the task's id, on the monotonic clock
_cut_off: str | None = None  # of which this process heard last


def connect() -> None:
    """Listen to Celery's signals. Called once, when Django's apps are ready."""
    signals.task_prerun.connect(_begins, dispatch_uid="hub.schedules count")
    signals.task_postrun.connect(_ends, dispatch_uid="hub.schedules count")
    signals.task_failure.connect(_failed, dispatch_uid="hub.schedules count")


def _begins(task_id: str, **kwargs: Any) -> None:
    _begun[task_id] = time.monotonic()


def _ends(task_id: str, task: Any, state: str | None = None, **kwargs: Any) -> None:
    """A run that was cut off may end all the same, and was counted: in a thread here, or in a
    process that was told to end."""
    began = _begun.pop(task_id, None)
    status = _OUTCOMES.get(state or "")
    if began is not None and status is not None and not terminate_handler_fired():
        recorder.record_task(task.name, status=status, seconds=time.monotonic() - began)


def _failed(sender: Any, task_id: str, exception: Any, **kwargs: Any) -> None:
    """What failed by itself is counted when it ends. Celery may tell twice in a row that a run was
    cut off: that it failed, and that it overran its time."""
    global _cut_off
    if not isinstance(exception, _CUT_OFF):
        return
    _begun.pop(task_id, None)
    if task_id != _cut_off:
        recorder.record_task(sender.name, status=500, seconds=None)
    _cut_off = task_id
