"""Telling plugins that their settings have changed: ``on_settings_changed(old, new)``.

One thread of the process calls the hooks, one after the other: a slow one holds up the next hook,
never a call. Async hooks run on the server's event loop where there is one.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import queue
import threading
from typing import Any, Final

from hub.sdk.settings import Hook

logger = logging.getLogger(__name__)

PATIENCE: Final = 30.0  # seconds after which a hook on the server's loop is given up

_Call = tuple[Hook, Any, Any]
_calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()
_lock = threading.Lock()
_thread: threading.Thread | None = None
_loop: asyncio.AbstractEventLoop | None = None


def use_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Name the event loop of this process's server, on which async hooks run."""
    global _loop
    _loop = loop


def tell(hook: Hook, old: Any, new: Any) -> None:
    """Have the hook called soon, in the order of the changes."""
    global _thread
    _calls.put((hook, old, new))
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="hub-settings-hooks", daemon=True)
            _thread.start()


def _run() -> None:
    from django.db import close_old_connections

    while True:
        hook, old, new = _calls.get()
        try:
            _call(hook, old, new)
        except Exception:
            logger.exception("on_settings_changed of %s failed; the new settings stay.", hook)
        finally:
            close_old_connections()


def _call(hook: Hook, old: Any, new: Any) -> None:
    result = hook(old, new)
    if not inspect.isawaitable(result):
        return
    loop = _loop
    if loop is not None and loop.is_running():
        asyncio.run_coroutine_threadsafe(_awaited(result), loop).result(PATIENCE)
    else:
        asyncio.run(_awaited(result))


async def _awaited(result: Any) -> None:
    await result


def _after_fork() -> None:
    """The parent's thread is not in the child, and its lock may be taken for ever."""
    global _calls, _lock, _thread, _loop
    _calls, _lock, _thread, _loop = queue.SimpleQueue(), threading.Lock(), None, None


os.register_at_fork(after_in_child=_after_fork)
