"""Sending to groups of sockets from anywhere in the process.

The channel layer's queues belong to the event loop of the sockets: a send from another thread that
touches them itself wakes nobody until something else does. So each send hops to that loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

logger = logging.getLogger(__name__)

_loop: asyncio.AbstractEventLoop | None = None
_sending: set[asyncio.Task[None]] = set()


def own_loop() -> None:
    """The running loop is the one whose sockets are served in this process."""
    global _loop
    _loop = asyncio.get_running_loop()


def group_send(group: str, message: Mapping[str, Any]) -> None:
    """See :func:`hub.sdk.sockets.group_send`. A layer that fails is logged, never raised: what
    the sender did is done, whether or not anybody hears of it."""
    loop = _loop
    if loop is not None and not loop.is_closed():
        if _running() is loop:
            _start(group, dict(message))
        else:
            loop.call_soon_threadsafe(_start, group, dict(message))
        return
    if isinstance(get_channel_layer(), InMemoryChannelLayer):
        return  # no socket was opened in this process, so nobody can have joined
    if _running() is not None:
        _start(group, dict(message))
    else:
        async_to_sync(_send)(group, dict(message))


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _start(group: str, message: dict[str, Any]) -> None:
    task = asyncio.ensure_future(_send(group, message))
    _sending.add(task)
    task.add_done_callback(_sending.discard)


async def _send(group: str, message: dict[str, Any]) -> None:
    try:
        await get_channel_layer().group_send(group, message)
    except Exception:
        logger.exception("A message to the group %s was lost.", group)
