"""The trail of work goes with a task from its sender to the worker, in the task's headers.

django-structlog carries it and tells of each task's way; what is carried is the hub's trail.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import structlog
from celery import signals
from django_structlog.celery.receivers import CeleryReceiver

from hub.logs.plugins import plugin_of
from hub.sdk.trail import Trail, carried, running_call, running_trail

logger = logging.getLogger(__name__)

_CARRIED: Final = "__django_structlog__"


class TaskTrail(CeleryReceiver):
    """``task_enqueued``, ``task_started`` and ``task_succeeded`` are written at DEBUG,
    ``task_failed`` at ERROR (settings ``DJANGO_STRUCTLOG_…``)."""

    def get_task_context(self) -> dict[str, Any]:
        return dict(carried())

    def receiver_task_prerun(self, task_id: str, task: Any, *args: Any, **kwargs: Any) -> None:
        sent = _texts(getattr(task.request, _CARRIED, None))
        running_trail.set(Trail(carried=sent, plugin=plugin_of(type(task).__module__)))
        running_call.set(None)
        super().receiver_task_prerun(task_id, task, *args, **kwargs)
        structlog.contextvars.bind_contextvars(task=task.name)

    def bind_context(self, context: Any) -> None:
        """The trail has it, and knows what may be written when."""


def _forget(**kwargs: Any) -> None:
    """The worker's thread goes on to other tasks."""
    running_trail.set(None)
    structlog.contextvars.clear_contextvars()


def _texts(given: Any) -> dict[str, str]:
    """What the headers hold, which other programs may have written, too."""
    if not isinstance(given, dict):
        return {}
    return {str(key): value[:512] for key, value in given.items() if isinstance(value, str)}


def _log_is_set_up(**kwargs: Any) -> None:
    """Being connected keeps Celery's programs from setting up logging of their own."""


_receiver: Final = TaskTrail()


def connect() -> None:
    _receiver.connect_worker_signals()
    signals.task_postrun.connect(_forget, dispatch_uid="hub.logs forget")
    signals.setup_logging.connect(_log_is_set_up, dispatch_uid="hub.logs setup")
