"""JSON (RFC 8259): what Pydantic writes and reads, behind limits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, ClassVar, Final

from pydantic import TypeAdapter

from hub.wire.codecs.codec import Values
from hub.wire.codecs.limits import STANDARD, Limits, too_deep, too_many
from hub.wire.mirrors.mirror import NOTHING
from hub.wire.validation import refuse_constants

# Possessive, and an unfinished string counts as one: no text takes more than linear time.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_EMPTY: Final = re.compile(rb"[\[{]\s*+[\]}]")
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_AS_LIST: Final = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in _STEPS)


@dataclass(frozen=True, slots=True)
class JsonCodec:
    values: Values
    media_type: ClassVar[str] = "application/json"

    def encode(self, value: Any) -> bytes:
        body = self.values.mirror.json(value)
        return self.values.to_json(value) if body is None else body

    def decode(self, body: bytes, limits: Limits = STANDARD) -> Any:
        check_json(body, limits)
        value = self.values.mirror.read_json(body)
        if value is not NOTHING:
            return value
        refuse_constants(body)
        return self.values.from_json(body)


def json_codec(adapter: TypeAdapter[Any]) -> JsonCodec:
    return JsonCodec(Values(adapter))


def check_json(document: bytes, limits: Limits = STANDARD) -> None:
    """Raises where a document is larger, deeper or longer than allowed; broken ones may pass.

    Few brackets and commas can't break a limit, wherever they stand; most documents are done then.
    """
    limits.check_size(len(document))
    opened = document.count(b"[") + document.count(b"{")
    if opened <= limits.depth and opened + document.count(b",") <= limits.elements:
        return
    bare = _without_texts(document)
    opened = bare.count(b"[") + bare.count(b"{")
    # Each list and object has one element more than commas, but for empty ones.
    if (
        opened + bare.count(b",") > limits.elements
        and opened + bare.count(b",") - len(_EMPTY.findall(bare)) > limits.elements
    ):
        raise too_many(limits.elements)
    if opened > limits.depth and _deeper(bare, limits.depth):
        raise too_deep(limits.depth)


def check_depth(document: bytes, limit: int) -> None:
    """Raises ``too_deep``, for documents whose size and length are known to be good."""
    if document.count(b"[") + document.count(b"{") <= limit:
        return
    if _deeper(_without_texts(document), limit):
        raise too_deep(limit)


def _without_texts(document: bytes) -> bytes:
    if b"\\" not in document:
        return b"0".join(document.split(b'"')[::2])
    return _STRING.sub(b"0", document)


def _deeper(bare: bytes, limit: int) -> bool:
    """Whether brackets open deeper. Taking out the innermost pairs once for each level is many
    times quicker than counting; what is left then is deeper, or broken and counted."""
    brackets = bare.translate(_AS_LIST, _NO_BRACKETS)
    for _ in range(limit):
        less = brackets.replace(b"[]", b"")
        if not less:
            return False
        if len(less) == len(brackets):
            break
        brackets = less
    return b"[]" in brackets or _deepest(brackets) > limit


def _deepest(brackets: bytes) -> int:
    steps: Iterable[int] = map(_STEPS.__getitem__, brackets)
    return max(accumulate(steps), default=0)
