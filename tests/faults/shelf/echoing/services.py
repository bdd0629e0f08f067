from __future__ import annotations

import asyncio

from hub.sdk import Component, component, implementation

from .config import Settings
from .echo import Echo


@implementation(Echo)
class Named(Echo):
    async def who(self) -> str:
        settings = Settings.current()
        await asyncio.sleep(settings.seconds)
        return settings.name


@component(services=[Echo], name="echoing")
class Answering(Component):
    pass
