"""``/ws/registry/watch?index=N&service=a&service=b``: changes of instances, as they happen.

Each message is what the long poll answers, with ``previous``: the index it follows on. Who comes
back with the last ``index`` misses nothing; with one that is too old, or 0, the first message has
``reset``: its instances are all there are. A client that reads slowly gets several changes as one.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import parse_qs

from django.urls import path

from hub.registry.instances.documents import changes_json
from hub.registry.instances.watching import is_news, names_in, watch
from hub.sdk.access import requires_scope
from hub.sdk.sockets import TextSocket
from hub.security.drf import READ_SCOPE
from hub.wire.errors import FieldError, HubError, InvalidInput

_WAIT: Final = 60.0  # seconds after which a silent follower is told the newer index
_PAUSE: Final = 2.0  # while the registry can't be read


class WatchSocket(TextSocket):
    """Takes no messages."""

    access = requires_scope(READ_SCOPE)
    max_message_bytes = 4096
    max_messages_per_second = 10

    async def connect(self) -> None:
        self._following: asyncio.Task[None] | None = None
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        index = _index_in(query.get("index", ["0"])[-1])
        services = names_in(query.get("service", ()))
        await self.accept()
        self._following = asyncio.create_task(self._follow(index, services))

    async def disconnect(self, code: int) -> None:
        if self._following is not None:
            self._following.cancel()

    async def _follow(self, index: int, services: frozenset[str]) -> None:
        while True:
            try:
                found = await watch(index, _WAIT, services)
            except HubError:
                await asyncio.sleep(_PAUSE)
                continue
            if is_news(found) or found.index != index:
                body = changes_json(found).decode()
                await self.send(text_data=f'{{"previous":{index},{body[1:]}')
            index = found.index


def _index_in(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    message = "must be a whole number, that of the last message"
    raise InvalidInput(f"index {message}.", [FieldError("index", message, "invalid")])


routes = [path("watch", WatchSocket.as_asgi())]
