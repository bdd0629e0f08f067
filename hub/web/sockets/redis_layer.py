"""Channels' layer on Redis, with reads that end when they are cancelled."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from channels_redis.core import RedisChannelLayer

_AGAIN: Final = 0.01  # seconds


class RedisLayer(RedisChannelLayer):  # type: ignore[misc]
    """A cancellation that meets the client while it connects is lost on the way, and the read
    would wait for a message that never comes: the consumer's socket could not be closed."""

    async def receive(self, channel: str) -> dict[str, Any]:
        reading: asyncio.Task[dict[str, Any]] = asyncio.ensure_future(super().receive(channel))
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            while not reading.done():
                reading.cancel()
                await asyncio.wait([reading], timeout=_AGAIN)
            if not reading.cancelled():
                reading.exception()  # seen: nobody is left to be told
            raise
