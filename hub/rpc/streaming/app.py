"""``/rpc/stream``: the ASGI application of the channel, behind what lets callers in."""

from __future__ import annotations

import asyncio
import time
import weakref
from asyncio import AbstractEventLoop
from typing import Any, ClassVar, Final

from hub.rpc.asgi import Receive, Scope, Send
from hub.rpc.streaming.calls import Calls
from hub.sdk.access import Access, allow_all
from hub.wire.errors import BadRequest
from hub.wire.frames import FORMATS, FRAME_BYTES, JSON, FrameFormat

_PATIENCE: Final = 1.0  # seconds for clients that read nothing
_LOOK: Final = 0.02  # seconds between looks at the calls under way


class StreamApp:
    """Every operation decides itself who may call it. The rate of messages is not limited: what is
    under way is."""

    access: ClassVar[Access] = allow_all
    max_message_bytes: ClassVar[int] = FRAME_BYTES
    max_messages_per_second: ClassVar[int] = 1_000_000
    takes_bytes: ClassVar[bool] = True

    def __init__(self) -> None:
        self._open: weakref.WeakKeyDictionary[AbstractEventLoop, set[Calls]] = (
            weakref.WeakKeyDictionary()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        form = _form_of(scope)
        await send({"type": "websocket.accept", "subprotocol": form.subprotocol})
        calls = Calls(scope, send, form)
        here = self._open.setdefault(asyncio.get_running_loop(), set())
        here.add(calls)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await calls.take(_content(message))
        finally:
            await calls.stop()
            here.discard(calls)

    async def go_away(self) -> None:
        """Tell the connections of this event loop that no new calls are taken."""
        here = self._open.get(asyncio.get_running_loop(), ())
        tasks = [asyncio.create_task(each.go_away()) for each in here]
        if tasks:
            await asyncio.wait(tasks, timeout=_PATIENCE)

    async def settled(self, *, seconds: float) -> bool:
        """Wait until no call is under way on this event loop; false where some still are after
        ``seconds``."""
        until = time.monotonic() + seconds
        here = self._open.get(asyncio.get_running_loop(), set())
        while any(map(len, here)) and time.monotonic() < until:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(_LOOK)
        return not any(map(len, here))


def _form_of(scope: Scope) -> FrameFormat:
    """By the subprotocol; JSON where none is offered. Raises :class:`BadRequest`."""
    offered: list[str] = [name for name in scope["subprotocols"] if name != "hub"]
    if not offered:
        return JSON
    for name in offered:
        if name in FORMATS:
            return FORMATS[name]
    raise BadRequest(f"The subprotocols here are {' and '.join(FORMATS)}.", code="bad_subprotocol")


def _content(message: Any) -> bytes | str:
    text: str | None = message.get("text")
    return text if text is not None else message.get("bytes") or b""


stream_app: Final = StreamApp()
