"""How large, deep and long a body may be that comes from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.wire.errors import BadRequest, PayloadTooLarge


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``size`` in bytes, after inflation. ``depth``: lists and objects within each other.
    ``elements``: members of lists and objects, all together."""

    size: int = 2_500_000
    depth: int = 64
    elements: int = 100_000

    def check_size(self, size: int) -> None:
        if size > self.size:
            raise too_large(self.size)


STANDARD: Final = Limits()


def too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {limit} bytes.", detail={"limit": limit})


def too_deep(limit: int) -> BadRequest:
    return BadRequest(
        f"The body is nested deeper than {limit} levels.",
        code="too_deep",
        detail={"limit": limit},
    )


def too_many(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"The body has more than {limit} elements.",
        code="too_many_elements",
        detail={"limit": limit},
    )
