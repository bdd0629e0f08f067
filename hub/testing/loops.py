"""Where a client's work runs: on the loop of a started hub, or right where the test is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from asgiref.sync import async_to_sync

T = TypeVar("T")


class Place(Protocol):
    """``wait`` is for sync tests, ``awaited`` for async ones."""

    def wait(self, work: Coroutine[Any, Any, T]) -> T: ...

    async def awaited(self, work: Coroutine[Any, Any, T]) -> T: ...


class Here:
    """The test's own event loop, or one that is made for each piece of work."""

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        async def carry_out() -> T:
            return await work

        return async_to_sync(carry_out)()

    async def awaited(self, work: Coroutine[Any, Any, T]) -> T:
        return await work


class LoopThread:
    """An event loop in a thread of its own, as a server has one: what is made on it stays on it,
    and sync and async tests reach it alike."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="hub-testing", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def awaited(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    def stop(self) -> None:
        """Cancel what still runs, and end the thread."""
        self.wait(_cancel_all())
        self.wait(self.loop.shutdown_asyncgens())
        self.wait(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


async def _cancel_all() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
