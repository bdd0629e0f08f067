"""An application's lifespan, for servers that know none."""

from __future__ import annotations

import asyncio

import pytest

from hub.project.servers.lifespan import Lifespan, StartFailed
from hub.web.asgi import Receive, Scope, Send


async def test_start_and_stop_are_one_task_of_the_application() -> None:
    tasks = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        for kind in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{kind}"
            tasks.append(asyncio.current_task())
            await send({"type": f"lifespan.{kind}.complete"})

    lifespan = Lifespan(application)
    await lifespan.start()
    assert await lifespan.stop() is None
    assert len(set(tasks)) == 1
    assert await lifespan.stop() is None


async def test_a_start_that_fails_says_why() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no disk"})

    with pytest.raises(StartFailed, match="no disk"):
        await Lifespan(application).start()


async def test_an_application_that_breaks_is_told() -> None:
    async def breaks_at_start(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("broken")

    async def breaks_at_stop(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise RuntimeError("broken")

    with pytest.raises(StartFailed, match="RuntimeError: broken"):
        await Lifespan(breaks_at_start).start()
    lifespan = Lifespan(breaks_at_stop)
    await lifespan.start()
    assert await lifespan.stop() == "RuntimeError: broken"
