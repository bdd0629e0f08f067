"""Runs of schedules as rows, written by the worker that runs them."""

from __future__ import annotations

import logging
import traceback as tracebacks
from typing import Any, Final

from celery import signals
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone
from pydantic_core import to_json

from hub.operations.engine import engine
from hub.schedules.keeper import keeper
from hub.schedules.models import Run
from hub.wire.errors import HubError, InternalError
from hub.wire.redaction import redact_text

_LONGEST_RESULT: Final = 2000  # characters
_LONGEST_TRACEBACK: Final = 20_000
KEPT: Final = 100  # runs of each schedule

SCHEDULE_HEADER: Final = "periodic_task_name"  # django-celery-beat's
BY_HEADER: Final = "hub_by"

logger = logging.getLogger(__name__)


def connect() -> None:
    signals.task_prerun.connect(_started, dispatch_uid="hub.schedules started")
    signals.task_success.connect(_succeeded, dispatch_uid="hub.schedules succeeded")
    signals.task_failure.connect(_failed, dispatch_uid="hub.schedules failed")
    signals.worker_ready.connect(_worker_ready, dispatch_uid="hub.schedules ready")
    signals.worker_shutdown.connect(_worker_ends, dispatch_uid="hub.schedules ends")
    signals.worker_process_shutdown.connect(_process_ends, dispatch_uid="hub.schedules things")
    signals.worker_shutdown.connect(_process_ends, dispatch_uid="hub.schedules things")


def skipped(request: Any, why: str) -> None:
    _finish(request.id, Run.State.SKIPPED, error=why)


def forget_old(schedule: str) -> None:
    """Delete all but the last runs of a schedule."""
    runs = Run.objects.filter(schedule=schedule).order_by("-pk")
    kept = runs.values_list("pk", flat=True)[KEPT - 1 : KEPT].first()
    if kept is not None:
        Run.objects.filter(schedule=schedule, pk__lt=kept).delete()


def _started(task_id: str, task: Any, **kwargs: Any) -> None:
    name = getattr(task.request, SCHEDULE_HEADER, None)
    if not name:
        return
    try:
        with transaction.atomic():
            _note_start(task_id, str(name), str(getattr(task.request, BY_HEADER, None) or ""))
    except DatabaseError:
        logger.exception("The start of %s could not be noted.", name)


def _note_start(task_id: str, name: str, by: str) -> None:
    again = Run.objects.filter(task_id=task_id).update(
        state=Run.State.RUNNING,
        started_at=timezone.now(),
        finished_at=None,
        attempts=F("attempts") + 1,
    )
    if again:
        return
    run = Run.objects.create(
        task_id=task_id,
        schedule=name[:200],
        by=by[:150],
        state=Run.State.RUNNING,
        started_at=timezone.now(),
    )
    if run.pk % 20 == 0:
        forget_old(run.schedule)


def _succeeded(sender: Any, result: Any, **kwargs: Any) -> None:
    if getattr(sender.request, SCHEDULE_HEADER, None):
        _finish(sender.request.id, Run.State.DONE, result=_text_of(result))


def _failed(sender: Any, task_id: str, exception: Any, traceback: Any, **kwargs: Any) -> None:
    if isinstance(exception, InternalError) and exception.__cause__ is not None:
        exception = exception.__cause__  # callers are told nothing; operators are
    message = f"{type(exception).__name__}: {exception}"
    if isinstance(exception, HubError):
        message = f"{exception.message} ({exception.code})"
    elif type(exception).__name__ == "TimeLimitExceeded":
        message = f"It did not finish within {exception.args[0]:g} s."
    lines = tracebacks.format_exception(type(exception), exception, exception.__traceback__)
    _finish(task_id, Run.State.FAILED, error=message, traceback="".join(lines))


def _finish(
    task_id: str, state: str, *, result: str = "", error: str = "", traceback: str = ""
) -> None:
    """Note how a run ended. Tasks that no schedule set off have no row."""
    try:
        run = Run.objects.filter(task_id=task_id, finished_at=None).first()
        if run is None:
            return
        now = timezone.now()
        Run.objects.filter(pk=run.pk, finished_at=None).update(
            state=state,
            finished_at=now,
            seconds=max(0.0, (now - run.started_at).total_seconds()),
            result=_storable(result, _LONGEST_RESULT),
            error=_storable(error, _LONGEST_RESULT),
            traceback=_storable(traceback[-_LONGEST_TRACEBACK:], _LONGEST_TRACEBACK),
        )
    except DatabaseError:
        logger.exception("The end of task %s could not be noted.", task_id)


def _text_of(result: Any) -> str:
    """The result as JSON, or in Python's words where it has none."""
    try:
        return to_json(result, fallback=repr, inf_nan_mode="strings").decode()
    except Exception:  # noqa: BLE001 - objects of plugins may do anything when asked for their text
        return f"<{type(result).__name__} that can't be shown>"


def _storable(text: str, longest: int) -> str:
    text = redact_text(text)
    plain = text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def _worker_ready(**kwargs: Any) -> None:
    keeper.start()


def _process_ends(**kwargs: Any) -> None:
    engine().container.close_if_alone()


def _worker_ends(**kwargs: Any) -> None:
    try:
        keeper.stop()
    except DatabaseError:
        logger.warning("What this worker held is free for others in a few seconds.")
