"""One WebSocket that many calls share, on the event loop where it was opened."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from hub.client.calls import ConnectionLost, NotSent
from hub.client.streaming.incoming import Incoming
from hub.wire.frames import Asked, BadFrame, FrameFormat, Told

_REFUSALS: Final = range(4400, 4600)  # close codes: the hub's errors are 4000 + their HTTP status
Refused = Callable[[int, str], Exception]


class Connection:
    """``refused`` makes the exception of a close code and its reason, for connections that the
    other side did not let in."""

    def __init__(
        self, socket: ClientConnection, form: FrameFormat, *, name: str, refused: Refused
    ) -> None:
        self._socket = socket
        self._form = form
        self._name = name
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._open: dict[int, Incoming] = {}
        self._ids = itertools.count(1)
        self._leaving = False
        self._heard = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._reader = asyncio.create_task(self._read())

    @property
    def is_usable(self) -> bool:
        """Whether it takes new calls."""
        return not self._leaving and self._socket.state is State.OPEN

    async def ask(self, frame: Asked) -> Incoming:
        """Open a call; the frame gets its id here. Raises :class:`NotSent`,
        :class:`ConnectionLost`, or :class:`hub.wire.errors.PayloadTooLarge`."""
        frame.id = next(self._ids)
        message = self._form.write(frame)
        if not self.is_usable:
            raise self._refusal() or NotSent(f"The connection to {self._name} is closed.")
        incoming = self._open[frame.id] = Incoming(frame.id, self._loop)
        try:
            await self._socket.send(message, text=self._form.text)
        except ConnectionClosed:
            # The reader tells why.
            await incoming.next()
        except BaseException:
            self.abandon(incoming)
            raise
        return incoming

    def grant(self, incoming: Incoming, credits: int) -> None:
        """Let more results come."""
        if not incoming.ended and credits:
            self._tell(Asked(id=incoming.id, credits=credits))

    def abandon(self, incoming: Incoming) -> None:
        """Nobody waits for the call any more: it is cancelled there unless it has ended."""
        if self._open.pop(incoming.id, None) is not None and not incoming.ended:
            self._tell(Asked(id=incoming.id, cancel=True))
        self._close_if_done()

    async def aclose(self) -> None:
        """Close it; calls under way fail."""
        self._leaving = True
        await self._socket.close()
        await asyncio.wait({self._reader})

    def abort(self) -> None:
        """The same at once, without a word to the other side."""
        self._leaving = True
        self._socket.transport.abort()

    async def _read(self) -> None:
        why: BaseException | None = None
        try:
            async for message in self._socket:
                self._heard = True
                self._take(self._form.read_told(message))
        except (ConnectionClosed, BadFrame, OSError) as error:
            why = error
        finally:
            self._lose(why)

    def _take(self, frame: Told) -> None:
        if frame.goaway:
            self._leaving = True
            self._close_if_done()
        if frame.id is None:
            return
        incoming = self._open.get(frame.id)
        if incoming is None:
            return  # it was abandoned
        last = frame.end or bool(frame.result) or bool(frame.error)
        incoming.put(frame, last=last)
        if last:
            del self._open[frame.id]
            self._close_if_done()

    def _lose(self, why: BaseException | None) -> None:
        """The connection is gone."""
        self._leaving = True
        error = self._fault(why)
        open_now, self._open = list(self._open.values()), {}
        for incoming in open_now:
            incoming.fail(error)
        if self._socket.state is not State.CLOSED:
            self._socket.transport.abort()

    def _fault(self, why: BaseException | None) -> Exception:
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        close = self._socket.protocol.close_rcvd
        said = f" ({close.code} {close.reason})" if close is not None else ""
        if isinstance(why, BadFrame):
            said = f" ({why.message})"
        return ConnectionLost(f"The connection to {self._name} was lost{said}.")

    def _refusal(self) -> Exception | None:
        """Why the other side did not let this program in."""
        close = self._socket.protocol.close_rcvd
        if close is None or close.code not in _REFUSALS or self._heard:
            return None
        return self._refused(close.code, close.reason)

    def _close_if_done(self) -> None:
        if self._leaving and not self._open and self._socket.state is State.OPEN:
            self._start(self._socket.close)

    def _tell(self, frame: Asked) -> None:
        async def send() -> None:
            await self._socket.send(self._form.write(frame), text=self._form.text)

        if self._socket.state is State.OPEN:
            self._start(send)

    def _start(self, work: Callable[[], object]) -> None:
        async def run() -> None:
            try:
                await work()  # type: ignore[misc]
            except (ConnectionClosed, OSError):
                return  # the reader tells those who wait

        task = self._loop.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
