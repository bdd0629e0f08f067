"""Requests that a client sends before those before them are answered.

Uvicorn reads more of them with each answer it gives: a client that sends them quicker than they
are answered, or reads no answers, has all of them kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from httptools import HttpParserError
from uvicorn.protocols.http.flow_control import FlowControl

MOST: Final = 1000  # requests of one connection that wait; each takes some KB


class Waiting(deque[Any]):
    """The requests that wait for their turn."""

    def appendleft(self, request: Any) -> None:
        """While the parser reads a piece, which may hold thousands. It stops by the error."""
        if len(self) >= MOST:
            raise HttpParserError(f"More than {MOST} requests wait for answers.")
        super().appendleft(request)


class Flow(FlowControl):
    """Reads nothing as long as requests wait."""

    def __init__(self, transport: asyncio.Transport, waiting: Waiting) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()
