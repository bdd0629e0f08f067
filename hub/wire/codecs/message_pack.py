"""MessagePack: the JSON document in fewer bytes, with ``bin`` for bytes.

msgspec packs and unpacks (BSD licence; a third of the time of msgpack-python, and its JSON writer
feeds Pydantic's reader, which beats reading Python objects).
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec
from pydantic import TypeAdapter

from hub.wire.codecs.binaries import BytesOut, bytes_out
from hub.wire.codecs.codec import Values, not_encodable
from hub.wire.codecs.json_codec import check_depth
from hub.wire.codecs.limits import STANDARD, Limits, too_deep
from hub.wire.codecs.packed import check_packed, may_be_deeper
from hub.wire.codecs.trees import refuse_non_finite, tree_to_json
from hub.wire.errors import BadRequest
from hub.wire.mirrors.mirror import NOTHING, Mirror

BIG_INTEGER: Final = 1  # the extension type of integers beyond 64 bits: their decimal digits
_LONGEST_INTEGER: Final = 4300  # digits; Python's own limit

# The heads of float64 and float32 that may be NaN or infinite; other bytes may look like them.
_MAYBE_NON_FINITE: Final = re.compile(rb"\xcb[\x7f\xff][\xf0-\xff]|\xca[\x7f\xff][\x80-\xff]")


@dataclass(frozen=True, slots=True)
class MessagePackCodec:
    values: Values
    bytes_out: BytesOut | None = None
    media_type: ClassVar[str] = "application/msgpack"

    def encode(self, value: Any) -> bytes:
        mirror = self.values.mirror
        if mirror.native is not None:
            with contextlib.suppress(Exception):  # the long way knows what is wrong, if anything is
                return mirror.native.pack(value)
        body = mirror.msgpack(value)
        if body is not None:
            return body
        tree = self.values.to_tree(value)
        return pack(self.bytes_out(tree) if self.bytes_out else tree)

    def decode(self, body: bytes, limits: Limits = STANDARD) -> Any:
        value = read_packed(self.values.mirror, body, limits)
        return self.values.from_json(packed_to_json(body, limits)) if value is NOTHING else value


def msgpack_codec(adapter: TypeAdapter[Any]) -> MessagePackCodec:
    values = Values(adapter)
    return MessagePackCodec(values, bytes_out(values.schema()))


def pack(tree: Any) -> bytes:
    """JSON-like values, and bytes, as MessagePack."""
    try:
        return _ENCODER.encode(tree)
    except OverflowError:
        return _ENCODER.encode(_big_integers_out(tree))
    except (TypeError, ValueError, RecursionError) as error:
        raise not_encodable(str(error)) from None


def unpack(body: bytes, limits: Limits = STANDARD) -> Any:
    """JSON-like values, bytes and times. Raises :class:`BadRequest` ``invalid_msgpack``."""
    tree = _unpacked(body, limits)
    if may_be_deeper(body, limits):
        check_depth(tree_to_json(tree), limits.depth)
    return tree


def read_packed(mirror: Mirror, body: bytes, limits: Limits = STANDARD) -> Any:
    """The value, or :data:`NOTHING`: then it is for Pydantic to read or to refuse."""
    check_packed(body, limits)
    if mirror.native is not None:
        with contextlib.suppress(Exception):
            return mirror.native.unpack(body, limits.depth)
    value = mirror.read_msgpack(body)
    if value is not NOTHING and mirror.levels > limits.depth and may_be_deeper(body, limits):
        packed_to_json(body, limits)  # how deep it is shows in the document
    return value


def packed_to_json(body: bytes, limits: Limits = STANDARD) -> bytes:
    """The JSON document that MessagePack carries, not yet validated. Raises as ``decode`` does."""
    document = tree_to_json(_unpacked(body, limits))
    check_depth(document, limits.depth)
    return document


def _unpacked(body: bytes, limits: Limits) -> Any:
    check_packed(body, limits)
    try:
        tree = _DECODER.decode(body)
    except RecursionError:
        raise too_deep(limits.depth) from None
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise _unreadable(str(error)) from None
    if _MAYBE_NON_FINITE.search(body):
        refuse_non_finite(tree)
    return tree


def _big_integers_out(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _big_integers_out(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_big_integers_out(value) for value in tree]
    if isinstance(tree, int) and not -(2**63) <= tree < 2**64:
        return msgspec.msgpack.Ext(BIG_INTEGER, str(tree).encode())
    return tree


def _extension(code: int, data: memoryview) -> Any:
    if code != BIG_INTEGER or len(data) > _LONGEST_INTEGER:
        raise ValueError(f"extension type {code} means nothing here")
    return int(bytes(data))


def _unreadable(reason: str) -> BadRequest:
    return BadRequest(f"The MessagePack can't be read: {reason}.", code="invalid_msgpack")


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(ext_hook=_extension)
