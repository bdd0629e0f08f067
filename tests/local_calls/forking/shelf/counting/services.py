from __future__ import annotations

import asyncio
import os

from shelf.asking.doubling import Doubled, Doubling

from hub.sdk import Component, component, implementation

SECONDS = 0.05  # so that calls of several processes are under way at once


@implementation(Doubling)
class Slowly(Doubling):
    async def double(self, number: int) -> Doubled:
        await asyncio.sleep(SECONDS)
        return Doubled(2 * number, os.getpid())

    async def adouble(self, number: int) -> Doubled:
        return await self.double(number)


@component(services=[Doubling], name="counting")
class Counting(Component):
    pass
