"""The credentials that calls carry: a token, or a function that gives one."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final

from hub.client.discovery.background import background

Token = str | Callable[[], str | Awaitable[str]]
_BEARER: Final = "bearer "


class Tokens:
    """What a provider gives is kept until the other side does not take it any more. The provider
    may be plain or async, whoever calls; of several calls at once one asks it. Usable from any
    thread and any event loop."""

    def __init__(self, token: Token | None) -> None:
        self._provider = token if callable(token) else None
        self._kept = "" if token is None or callable(token) else bearer(token)
        self._lock = threading.Lock()
        background.on_fork(self)

    def forked(self) -> None:
        """In a child: who asks the provider at the moment is a thread of the parent."""
        self._lock = threading.Lock()

    @property
    def can_be_renewed(self) -> bool:
        return self._provider is not None

    def header(self) -> str:
        """The value of the Authorization header, empty without a token."""
        return self._kept if self._kept or self._provider is None else self.renewed("")

    async def aheader(self) -> str:
        return self._kept if self._kept or self._provider is None else await self.arenewed("")

    def renewed(self, refused: str) -> str:
        """Another value than ``refused``, where there is one."""
        if self._provider is None:
            return self._kept
        with self._lock:
            if self._kept in ("", refused):
                given = self._provider()
                if inspect.isawaitable(given):
                    given = background.start(_awaited(given)).result()
                self._kept = bearer(given)
            return self._kept

    async def arenewed(self, refused: str) -> str:
        """The event loop never waits for the provider, or for another thread that asks it."""
        if self._provider is None:
            return self._kept
        if inspect.iscoroutinefunction(self._provider) and self._kept in ("", refused):
            self._kept = bearer(await self._provider())
            return self._kept
        return await asyncio.to_thread(self.renewed, refused)


def bearer(token: str) -> str:
    """``Bearer`` stands before a token once, whether it was given with it or not."""
    text = token.strip()
    if text[: len(_BEARER)].lower() == _BEARER:
        text = text[len(_BEARER) :].strip()
    return f"Bearer {text}" if text else ""


async def _awaited(given: Awaitable[Any]) -> Any:
    return await given
