"""Where kept answers lie: Django's default cache, asked at the least cost.

One in this process's memory answers in microseconds; any other is asked in a thread.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache

from hub.operations.threads import run_in_thread


class _AsIs(LocMemCache):
    """The same memory for keys that any cache takes: Django searches each key for what memcached
    would refuse, which takes longer than the look-up."""

    def make_and_validate_key(self, key: str, version: int | None = None) -> str:
        return self.make_key(key, version)


_found: tuple[object, LocMemCache | None] = (None, None)


def in_memory() -> LocMemCache | None:
    """The cache where it is in this process's memory. One does for all threads, and is looked for
    once for each configuration: Django looks through what belongs to a thread or task each
    time."""
    global _found
    configured, cache = _found
    if configured is not caches.settings:
        cache = _look()
        _found = caches.settings, cache
    return cache


def _look() -> LocMemCache | None:
    asked = caches["default"]
    if type(asked) is LocMemCache:
        options = dict(caches.settings["default"])
        del options["BACKEND"]
        return _AsIs(options.pop("LOCATION", ""), options)  # memory is shared by location
    return asked if isinstance(asked, LocMemCache) else None


async def fetch(key: str, *, timeout: float) -> Any:  # noqa: ASYNC109 - run_in_thread keeps it
    """What a cache elsewhere has, or ``None``. ``timeout`` is in seconds."""
    return await run_in_thread(_get, key, timeout=timeout)


async def put(key: str, entry: object, seconds: int) -> None:
    cache = in_memory()
    if cache is not None:
        cache.set(key, entry, seconds)
    else:
        await run_in_thread(_set, key, entry, seconds)


def _get(key: str) -> Any:
    return caches["default"].get(key)  # the thread's own: connections are not shared


def _set(key: str, entry: object, seconds: int) -> None:
    caches["default"].set(key, entry, seconds)
