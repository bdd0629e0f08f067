"""Celery's own worker processes follow the operators' settings between tasks, too."""

from __future__ import annotations

from typing import Any

from celery import signals

from hub.operations.configuration import following


def follow_settings_in_workers() -> None:
    """Called once, at start. A process of the pool is a fork and needs a thread of its own."""
    for signal in (signals.worker_ready, signals.worker_process_init):
        signal.connect(_follow, dispatch_uid="hub.project follow settings")


def _follow(**kwargs: Any) -> None:
    following.start()
