"""A hub that is told to stop ends the calls that share a connection, and takes no new ones."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.client.calls import Call, NotSent
from hub.client.channels.stream import StreamChannel
from hub.client.methods import remote_service
from hub.client.settings import ClientSettings
from hub.sdk import service
from tests.processes import HubProcess

pytestmark = pytest.mark.process

_APPS = """\
from hub.sdk import PluginConfig


class Clock(PluginConfig):
    version = "1.0"
"""
_ACTIONS = """\
import asyncio
from collections.abc import AsyncIterator

from hub.sdk import action, allow_all


@action(access=allow_all)
async def ticks(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number
        await asyncio.sleep(0.05)


@action(access=allow_all)
async def late(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"
"""


@service(name="clock")
class Clock:
    def ticks(self, count: int) -> AsyncIterator[int]: ...

    async def late(self, seconds: float) -> str: ...


def call_of(method: str, **arguments: float) -> Call:
    found = remote_service(Clock).methods[method]
    return Call(method=found, arguments=arguments, deadline=time.monotonic() + 60)


async def test_what_is_under_way_ends_and_nothing_begins(tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / "clock"
    folder.mkdir(parents=True)
    for name, text in {"__init__": "", "apps": _APPS, "actions": _ACTIONS}.items():
        (folder / f"{name}.py").write_text(text)
    channel, other = StreamChannel(ClientSettings()), StreamChannel(ClientSettings())
    with HubProcess(tmp_path, "--grace", "30", "--drain-delay", "1") as hub:
        at = f"{hub.url}/rpc"
        assert await channel.acall(call_of("late", seconds=0), at) == "done"
        seen = []
        async for tick in channel.aiterate(call_of("ticks", count=60), at):
            seen.append(tick)
            if tick == 0:
                hub.process.send_signal(signal.SIGTERM)
            elif tick == 10:  # it drains by now
                with pytest.raises(NotSent):
                    await other.acall(call_of("late", seconds=0), at)
        assert seen == list(range(60))
        assert hub.process.wait(60) == 0, hub.output
    await channel.aclose()
    await other.aclose()
