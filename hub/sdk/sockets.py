"""WebSockets of a plugin: what its ``consumers.py`` builds on.

``routes`` in that module are Channels routes, mounted below ``/ws/<label>/``. Any Channels consumer
will do. What the hub must know of one stands on its class, each with a default:

``access``
    the rule that decides who may open the socket (:data:`hub.sdk.authenticated`)
``max_message_bytes``
    a longer message closes the socket with 1009 (64 KiB)
``max_messages_per_second``
    a socket that says more, for longer than a moment, is closed with 1008 (1,000)
``takes_bytes``
    whether binary messages are taken; where not, one closes the socket with 1003
``idle_timeout``
    seconds of silence after which the socket is closed with 4408; ``None`` lets it be silent

:class:`TextSocket` and :class:`JsonSocket` are Channels' own consumers with those declarations and
with types. In all of them ``self.scope["caller"]`` is the :class:`hub.sdk.Caller`, and
``self.scope["user"]`` Django's user, read from the database when it is first looked at: only sync
code may. Raising a :class:`hub.sdk.HubError` closes the socket with 4000 + its status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from channels.generic.websocket import AsyncWebsocketConsumer
from pydantic_core import from_json, to_json

from hub.sdk.access import Access, authenticated
from hub.sdk.callers import Caller
from hub.wire.errors import BadRequest

MAX_MESSAGE_BYTES: Final = 64 * 1024
MAX_MESSAGES_PER_SECOND: Final = 1000

GroupSend = Callable[[str, Mapping[str, Any]], None]


class TextSocket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Define ``receive(self, text_data)``; answer with ``await self.send(text)``."""

    access: ClassVar[Access] = authenticated
    max_message_bytes: ClassVar[int] = MAX_MESSAGE_BYTES
    max_messages_per_second: ClassVar[int] = MAX_MESSAGES_PER_SECOND
    takes_bytes: ClassVar[bool] = False
    idle_timeout: ClassVar[float | None] = None

    @property
    def caller(self) -> Caller:
        caller: Caller = self.scope["caller"]
        return caller


class JsonSocket(TextSocket):
    """Define ``receive_json(self, content)``; answer with ``await self.send_json(content)``.

    A message that is no JSON closes the socket with 4400.
    """

    async def receive(self, text_data: str) -> None:
        try:
            content = from_json(text_data, allow_inf_nan=False)
        except ValueError as error:
            raise BadRequest("The message is not JSON.", code="invalid_json") from error
        await self.receive_json(content)

    async def receive_json(self, content: Any) -> None:
        """Nothing is expected, unless a plugin says what."""

    async def send_json(self, content: Any) -> None:
        await self.send(text_data=to_json(content, inf_nan_mode="null").decode())


_group_send: GroupSend | None = None


def connect(send: GroupSend) -> None:
    """Name who delivers to groups; it lives above. Called once, at start."""
    global _group_send
    _group_send = send


def group_send(group: str, message: Mapping[str, Any]) -> None:
    """Send to the sockets that joined ``group`` (``channel_layer.group_add``).

    From any thread, sync or async, without waiting: ``message["type"]`` names the consumers'
    method as Channels has it. Like every group message it may be lost when a socket does not keep
    up. Without Redis it reaches the sockets of this process only.
    """
    if _group_send is None:
        raise RuntimeError("Nobody delivers to groups yet: call django.setup().")
    _group_send(group, message)
