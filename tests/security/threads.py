"""Sync preparations of async tests, in the hub's own threads, which give their database
connections back; those of asyncio's default executor keep them for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from hub.operations.threads import run_in_thread

T = TypeVar("T")


def in_thread(function: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    return partial(run_in_thread, function)
