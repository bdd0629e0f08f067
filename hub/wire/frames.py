"""The frames of the channel ``stream``: many calls over one WebSocket.

Each message is one frame: a JSON object in a text message (subprotocol ``hub-stream-json``), or a
MessagePack map in a binary one (``hub-stream-msgpack``).

From the caller: ``{id, service, method, arguments, timeout_ms, credits, qualifier, headers}`` opens
a call, ``{id, cancel: true}`` ends it, ``{id, credits: N}`` lets N more results come, ``{ping}``.
To the caller: ``{id, result}`` or ``{id, item}`` … ``{id, end: true}``, ``{id, error}``, which may
take the place of each of them, ``{error}`` for a frame that belongs to no call, ``{goaway: true}``
(no new calls any more) and ``{pong}``. Each call has exactly one last frame, a ``result``, ``end``
or ``error``; after it the id may be used again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from hub.wire.errors import BadRequest, PayloadTooLarge

PATH: Final = "/rpc/stream"
FRAME_BYTES: Final = 1024 * 1024  # servers buffer no more of one message
CREDITS: Final = 64  # results that may come where the caller says nothing else
LARGEST_ID: Final = 2**53 - 1  # what JavaScript counts up to
_MOST_CREDITS: Final = 1_000_000
_MOST_HEADERS: Final = 64

Raw = msgspec.Raw
_NOTHING: Final = Raw(b"")


class Asked(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A frame from the caller. ``arguments`` are the encoded object. What a later version adds is
    refused, since what it asks for would not happen."""

    id: int | None = None
    service: str = ""
    method: str = ""
    arguments: Raw = _NOTHING
    timeout_ms: int | None = None
    credits: int | None = None
    qualifier: str = ""
    headers: dict[str, str] = {}
    cancel: bool = False
    ping: int | None = None


class Told(msgspec.Struct, omit_defaults=True):
    """A frame to the caller. ``result``, ``item`` and ``error`` (an error envelope) are encoded.
    What a later version adds is skipped."""

    id: int | None = None
    result: Raw = _NOTHING
    item: Raw = _NOTHING
    error: Raw = _NOTHING
    end: bool = False
    goaway: bool = False
    pong: int | None = None


class _Identified(msgspec.Struct):
    id: int


class BadFrame(BadRequest):
    """A frame that can't be read. ``id`` is the call's it names, if it does."""

    default_code = "bad_frame"

    def __init__(self, message: str, *, id: int | None = None) -> None:
        super().__init__(message)
        self.id = id


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """One of the two forms frames have. ``text``: they are text messages."""

    subprotocol: str
    media_type: str
    text: bool
    _encoder: Any
    _asked: Any
    _told: Any
    _identified: Any

    def write(self, frame: Asked | Told) -> bytes:
        """Raises :class:`PayloadTooLarge` for what no server would take."""
        message: bytes = self._encoder.encode(frame)
        if len(message) > FRAME_BYTES:
            raise PayloadTooLarge(
                f"A message of the channel 'stream' holds at most {FRAME_BYTES} bytes.",
                hint="Use a dispatch channel for large values.",
                detail={"limit": FRAME_BYTES},
            )
        return message

    def read_asked(self, message: bytes | str) -> Asked:
        """Raises :class:`BadFrame`."""
        frame: Asked = self._read(self._asked, message)
        fault = _fault(frame)
        if fault:
            raise BadFrame(fault, id=frame.id if _is_id(frame.id) else None)
        return frame

    def read_told(self, message: bytes | str) -> Told:
        """Raises :class:`BadFrame`."""
        frame: Told = self._read(self._told, message)
        return frame

    def _read(self, decoder: Any, message: bytes | str) -> Any:
        if isinstance(message, str) is not self.text:
            kind = "text" if self.text else "binary"
            raise BadFrame(f"Frames of {self.subprotocol} are {kind} messages.")
        try:
            return decoder.decode(message)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise BadFrame(f"The frame can't be read: {error}.", id=self._id_in(message)) from None

    def _id_in(self, message: bytes | str) -> int | None:
        try:
            found: int = self._identified.decode(message).id
        except (msgspec.DecodeError, ValueError, RecursionError):
            return None
        return found if _is_id(found) else None


def _fault(frame: Asked) -> str:
    """What is wrong with a frame that has the right form, or nothing."""
    if frame.ping is not None:
        return ""
    if not _is_id(frame.id):
        return f"A frame has an 'id', a whole number from 0 to {LARGEST_ID}."
    if frame.credits is not None and not 0 < frame.credits <= _MOST_CREDITS:
        return f"'credits' is a number from 1 to {_MOST_CREDITS}."
    if frame.timeout_ms is not None and not 0 < frame.timeout_ms <= LARGEST_ID:
        return "'timeout_ms' is a whole number of milliseconds above 0."
    if len(frame.headers) > _MOST_HEADERS:
        return f"A call has at most {_MOST_HEADERS} headers."
    if bool(frame.service) is not bool(frame.method):
        return "A call names its 'service' and its 'method'."
    if not (frame.method or frame.cancel or frame.credits):
        return "A frame opens a call ('service', 'method'), grants 'credits' or says 'cancel'."
    return ""


def _is_id(value: int | None) -> bool:
    return value is not None and 0 <= value <= LARGEST_ID


def _json() -> FrameFormat:
    decoder = msgspec.json.Decoder
    return FrameFormat(
        "hub-stream-json",
        "application/json",
        True,
        msgspec.json.Encoder(),
        decoder(Asked),
        decoder(Told),
        decoder(_Identified),
    )


def _message_pack() -> FrameFormat:
    decoder = msgspec.msgpack.Decoder
    return FrameFormat(
        "hub-stream-msgpack",
        "application/msgpack",
        False,
        msgspec.msgpack.Encoder(),
        decoder(Asked),
        decoder(Told),
        decoder(_Identified),
    )


JSON: Final = _json()
MESSAGE_PACK: Final = _message_pack()
FORMATS: Final[Mapping[str, FrameFormat]] = {
    each.subprotocol: each for each in (JSON, MESSAGE_PACK)
}
