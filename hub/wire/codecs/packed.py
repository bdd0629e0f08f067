"""Limits of MessagePack bodies, checked on the bytes."""

from __future__ import annotations

from typing import Final

from hub.wire.codecs.limits import Limits, too_deep, too_many
from hub.wire.errors import BadRequest

# First bytes of lists and objects with members; text may hold them too.
_CONTAINERS: Final = bytes([*range(0x81, 0x90), *range(0x91, 0xA0), *range(0xDC, 0xE0)])
# For other first bytes: bytes that follow; with a length prefix its width (negative).
_FOLLOWING: Final = {
    **dict.fromkeys([*range(0x80), *range(0xE0, 0x100), 0xC0, 0xC2, 0xC3], 0),
    **{0xA0 + size: size for size in range(32)},
    **{0xC4: -1, 0xC5: -2, 0xC6: -4, 0xC7: -1, 0xC8: -2, 0xC9: -4, 0xD9: -1, 0xDA: -2, 0xDB: -4},
    **{0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8},
    **{0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17},
}
_EXTENSIONS: Final = frozenset({0xC7, 0xC8, 0xC9})  # one more byte after the length: the type


def check_packed(body: bytes, limits: Limits) -> None:
    """Raises where a large body breaks a limit, or claims to hold more than it does.

    A body of fewer bytes than ``elements`` can't hold more of them, and msgspec's recursion has an
    end, so unpacking it is safe; how deep it was is seen after that.
    """
    limits.check_size(len(body))
    if len(body) > limits.elements:
        _scan(body, limits)


def may_be_deeper(body: bytes, limits: Limits) -> bool:
    """Few bytes that may open a list can't nest deep: what is within another opens one that is
    not empty, and within an empty one there is nothing."""
    return len(body) - len(body.translate(None, _CONTAINERS)) >= limits.depth


def _scan(body: bytes, limits: Limits) -> None:
    at, size, elements = 0, len(body), 0
    left = [1]  # values still to come, for each open container
    while left:
        if not left[-1]:
            left.pop()
            continue
        left[-1] -= 1
        if at >= size:
            raise BadRequest("The MessagePack ends too early.", code="invalid_msgpack")
        first = body[at]
        following = _FOLLOWING.get(first)
        if following is None:
            count, at = _opened(body, at)
            elements += count
            if elements > limits.elements:
                raise too_many(limits.elements)
            if len(left) > limits.depth:
                raise too_deep(limits.depth)
            left.append(count * 2 if _is_map(first) else count)
        elif following >= 0:
            at += 1 + following
        else:
            start = at + 1 - following
            length = int.from_bytes(body[at + 1 : start], "big")
            at = start + length + (first in _EXTENSIONS)


def _opened(body: bytes, at: int) -> tuple[int, int]:
    """How many members a container says it has, and where they begin."""
    first = body[at]
    if first < 0xA0:
        return first & 0x0F, at + 1
    if first < 0xDC:
        raise BadRequest(f"No MessagePack begins with 0x{first:02x}.", code="invalid_msgpack")
    width = 2 if first in (0xDC, 0xDE) else 4
    return int.from_bytes(body[at + 1 : at + 1 + width], "big"), at + 1 + width


def _is_map(first: int) -> bool:
    return first < 0x90 or first >= 0xDE
