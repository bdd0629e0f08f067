"""The interface, which both sides know."""

from __future__ import annotations

from dataclasses import dataclass

from hub.sdk import allow_all, service


@dataclass(frozen=True)
class Doubled:
    """``process`` is that of the implementation."""

    number: int
    process: int


@service(access=allow_all)
class Doubling:
    def double(self, number: int) -> Doubled:
        raise NotImplementedError

    async def adouble(self, number: int) -> Doubled:
        raise NotImplementedError
