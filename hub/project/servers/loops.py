"""The event loop that servers run on."""

from __future__ import annotations

import asyncio


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one."""
    try:
        from uvloop import new_event_loop as of_uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return of_uvloop()
