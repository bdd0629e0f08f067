"""A service whose results come one by one, and what was made of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

from hub.sdk import (
    Caller,
    Component,
    HubError,
    allow_all,
    authenticated,
    component,
    get,
    implementation,
    method,
    post,
    service,
)
from hub.sdk.trail import running_call

made: list[int] = []
ended: list[str] = []
threads: list[int] = []


class Drought(HubError):
    """The river has no more."""

    default_code = "drought"
    default_status = 410


class Flood(Exception):
    """Declared: callers get it as its class."""


@service(access=allow_all, raises=(Flood,))
class River:
    @get("/drops")
    def drops(self, count: int) -> AsyncIterator[int]:
        """Drops, one by one."""
        ...

    @post("/stones")
    def stones(self, count: int) -> Iterator[str]: ...

    @method(get("/dries"), timeout=0.3)
    def dries(self, after: int, how: str) -> AsyncIterator[int]: ...

    @method(timeout=0.3)
    def jams(self, after: int, how: str) -> Iterator[int]: ...

    def wrong(self) -> AsyncIterator[int]: ...

    @get("/level")
    async def level(self, depth: int = 1) -> int: ...

    async def slow(self, pause: float) -> str: ...

    def floods(self, how: str) -> None: ...

    @method(access=authenticated)
    async def source(self, caller: Caller) -> str: ...


@component(services=[River])
class Water(Component):
    pass


@implementation(River)
class Danube(River):
    async def drops(self, count: int) -> AsyncIterator[int]:
        try:
            for number in range(count):
                made.append(number)
                yield number
        finally:
            await asyncio.sleep(0)
            ended.append("drops")

    def stones(self, count: int) -> Iterator[str]:
        try:
            for number in range(count):
                made.append(number)
                threads.append(threading.get_ident())
                yield str(number)
        finally:
            threads.append(threading.get_ident())
            ended.append("stones")

    async def dries(self, after: int, how: str) -> AsyncIterator[int]:
        try:
            for number in range(after):
                yield number
            if how == "hangs":
                await asyncio.Event().wait()
        finally:
            if how == "hangs":
                ended.append("dries")
        raise Drought("No more.") if how == "known" else RuntimeError("a secret")

    def jams(self, after: int, how: str) -> Iterator[int]:
        yield from range(after)
        if how == "hangs":
            unjam.wait(10)
        raise Drought("No more.") if how == "known" else RuntimeError("a secret")

    async def wrong(self) -> AsyncIterator[int]:
        yield "water"  # type: ignore[misc]

    async def level(self, depth: int = 1) -> int:
        call = running_call.get()
        assert call is not None
        return depth

    async def slow(self, pause: float) -> str:
        made.append(0)
        try:
            await asyncio.sleep(pause)
            return "done"
        finally:
            ended.append("slow")

    def floods(self, how: str) -> None:
        raise Flood(how, 3) if how == "declared" else RuntimeError("a secret")

    async def source(self, caller: Caller) -> str:
        return caller.username


unjam = threading.Event()
