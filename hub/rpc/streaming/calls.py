"""The calls of one connection: each a task, answered as it finishes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from hub.operations.given import Sent
from hub.operations.pipeline import invoke
from hub.operations.streams import stream
from hub.rpc.asgi import Scope, Send, envelope_of
from hub.rpc.streaming.credits import Credits
from hub.rpc.streaming.headers import trail_scope
from hub.rpc.streaming.targets import CHANNEL, Target, target_of
from hub.sdk.trail import running_trail
from hub.wire.envelope_codecs import envelope_codec
from hub.wire.errors import Conflict, HubError, InternalError, Unavailable
from hub.wire.frames import CREDITS, Asked, BadFrame, FrameFormat, Raw, Told

logger = logging.getLogger(__name__)

UNDER_WAY: Final = 1000


class _Call:
    """``began`` is false for a task that would hear nothing of its being cancelled."""

    __slots__ = ("began", "cancelled", "credits", "task")

    def __init__(self, credits: int) -> None:
        self.task: asyncio.Task[None] | None = None
        self.credits = Credits(credits)
        self.began = False
        self.cancelled = False

    def cancel(self) -> None:
        """Once: the second time would cut off the cleanup."""
        if self.began and not self.cancelled and self.task is not None:
            self.task.cancel()
        self.cancelled = True


class Calls:
    """``scope`` is the connection's, whose ``caller`` may change while it is open."""

    def __init__(self, scope: Scope, send: Send, form: FrameFormat) -> None:
        self._scope = scope
        self._send = send
        self._form = form
        self._errors = envelope_codec(form.media_type)
        self._open: dict[int, _Call] = {}
        self._leaving = False

    def __len__(self) -> int:
        return len(self._open)

    async def take(self, message: bytes | str) -> None:
        """Do what one frame asks for. What can't be done is answered, and nothing else ends."""
        try:
            frame = self._form.read_asked(message)
        except BadFrame as error:
            # An answer with the id of a call that goes on would be taken for its end.
            own_id = None if error.id in self._open else error.id
            await self._deliver(self._failure(own_id, error))
            return
        if frame.ping is not None:
            await self._deliver(self._form.write(Told(pong=frame.ping)))
            return
        call_id = frame.id or 0
        call = self._open.get(call_id)
        if frame.method:
            await self._start(call_id, frame)
        elif call is not None and frame.cancel:
            call.cancel()
        elif call is not None:
            call.credits.grant(frame.credits or 0)

    async def go_away(self) -> None:
        """Say that no new calls are taken here; those under way go on."""
        self._leaving = True
        await self._deliver(self._form.write(Told(goaway=True)))

    async def stop(self) -> None:
        """Cancel all that is under way, and wait for its end."""
        tasks = [call.task for call in self._open.values() if call.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _start(self, call_id: int, frame: Asked) -> None:
        refusal = self._refusal(call_id)
        if refusal is not None:
            own_id = None if call_id in self._open else call_id
            await self._deliver(self._failure(own_id, refusal))
            return
        call = self._open[call_id] = _Call(frame.credits or CREDITS)
        call.task = asyncio.ensure_future(self._run(call_id, call, frame))

    def _refusal(self, call_id: int) -> HubError | None:
        if call_id in self._open:
            return Conflict(f"The id {call_id} is in use.", code="id_in_use")
        if self._leaving:
            return Unavailable("The hub takes no new calls here.", code="going_away")
        if len(self._open) >= UNDER_WAY:
            return HubError(f"{UNDER_WAY} calls are under way.", code="too_many_calls", status=429)
        return None

    async def _run(self, call_id: int, call: _Call, frame: Asked) -> None:
        call.began = True
        try:
            if call.cancelled:
                raise asyncio.CancelledError
            last = await self._outcome(call_id, call, frame)
        except HubError as error:
            last = self._failure(call_id, error)
        except asyncio.CancelledError:
            cancelled = HubError("The call was cancelled.", code="cancelled", status=499)
            last = self._failure(call_id, cancelled)
        except Exception:
            logger.exception("A call of %s.%s failed.", frame.service, frame.method)
            last = self._failure(call_id, InternalError("Something went wrong inside."))
        # Before its last frame is sent: who sees that may use the id again.
        del self._open[call_id]
        await self._deliver(last)

    async def _outcome(self, call_id: int, call: _Call, frame: Asked) -> bytes:
        """The call's last frame."""
        scope = trail_scope(self._scope, frame.headers)
        running_trail.set(scope)
        target = target_of(frame, self._form)
        how: dict[str, Any] = {
            "caller": self._scope["caller"],
            "arguments": Sent(bytes(frame.arguments), target.way.arguments),
            "transport": CHANNEL,
            "request_id": scope["request_id"],
            "timeout": None if frame.timeout_ms is None else frame.timeout_ms / 1000,
        }
        if target.operation.streams:
            async with aclosing(stream(target.operation, **how)) as results:
                await self._give(call_id, call, target, results)
            return self._form.write(Told(id=call_id, end=True))
        result = target.way.result(await invoke(target.operation, **how))
        return self._form.write(Told(id=call_id, result=Raw(result)))

    async def _give(
        self, call_id: int, call: _Call, target: Target, results: AsyncIterator[Any]
    ) -> None:
        """Results one by one. One may be made before there is a credit for it, so that the end is
        told as soon as it is known."""
        async for item in results:
            message = self._form.write(Told(id=call_id, item=Raw(target.way.result(item))))
            await call.credits.take()
            await self._deliver(message)

    def _failure(self, call_id: int | None, error: HubError) -> bytes:
        envelope = envelope_of(error)
        try:
            return self._form.write(Told(id=call_id, error=Raw(self._errors.encode(envelope))))
        except HubError as large:
            short = self._errors.encode(envelope_of(large))
            return self._form.write(Told(id=call_id, error=Raw(short)))

    async def _deliver(self, message: bytes) -> None:
        content = {"text": message.decode()} if self._form.text else {"bytes": message}
        await self._send({"type": "websocket.send", **content})
