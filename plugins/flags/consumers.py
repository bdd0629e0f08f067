"""``/ws/flags/changes``: told of each change, so that programs and pages need not ask.

``?environment=staging`` limits it to one environment. The first message is ``{"type": "listening",
"version": …}``, the others are ``{"type": "flags_changed", "environment": …, "keys": […],
"version": …}``: evaluate these flags anew.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from django.urls import path

from hub.sdk import NotFound, requires_permission, requires_scope
from hub.sdk.sockets import JsonSocket
from plugins.flags.push import WATCHER
from plugins.flags.snapshot import SNAPSHOT


class Changes(JsonSocket):
    """Changes that come while the client is slow are put together: none is lost."""

    access = requires_scope("flags:evaluate") | requires_permission("flags.view_flag")
    max_message_bytes = 4096
    max_messages_per_second = 10

    async def connect(self) -> None:
        self._untold: dict[str, set[str]] = {}
        self._version = ""
        self._telling: asyncio.Task[None] | None = None
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self._environment = query.get("environment", [""])[0]
        if self._environment and self._environment not in (await SNAPSHOT.aget()).environments:
            raise NotFound(
                f"There is no environment '{self._environment}'.", code="environment_not_found"
            )
        await self.accept()
        snapshot = await WATCHER.join(self)
        await self.send_json({"type": "listening", "version": snapshot.version})

    async def disconnect(self, code: int) -> None:
        WATCHER.leave(self)

    def offer(self, environment: str, keys: frozenset[str], version: str) -> None:
        if self._environment not in ("", environment):
            return
        self._untold.setdefault(environment, set()).update(keys)
        self._version = version
        if self._telling is None or self._telling.done():
            self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        while self._untold:
            environment = next(iter(self._untold))
            keys = sorted(self._untold.pop(environment))
            message = {"type": "flags_changed", "environment": environment, "keys": keys}
            await self.send_json({**message, "version": self._version})


routes = [path("changes", Changes.as_asgi())]
