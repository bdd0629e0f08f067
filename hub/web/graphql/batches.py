"""Owners that ask for the same nested action in one request are answered by one call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from hub.operations.operation import Operation
from hub.operations.pipeline import invoke_batch
from hub.web.graphql.calls import Call


class Batch:
    """The owners that were collected for one operation with one set of arguments.

    Fields of one list start in one turn of the event loop, so the call is made in the next turn.
    """

    def __init__(self, operation: Operation, arguments: Mapping[str, Any], call: Call) -> None:
        self._operation = operation
        self._arguments = arguments
        self._call = call
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def load(self, owner: Any) -> Any:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((owner, future))
        if len(self._waiting) == 1:
            loop.call_soon(self._start, loop)
        return await future

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting, self._waiting = self._waiting, []
        self._task = loop.create_task(self._run(waiting))

    async def _run(self, waiting: list[tuple[Any, asyncio.Future[Any]]]) -> None:
        try:
            results = await invoke_batch(
                self._operation,
                owners=[owner for owner, _ in waiting],
                caller=self._call.caller,
                arguments=self._arguments,
                transport="graphql",
                request_id=self._call.request_id,
                timeout=self._call.remaining(),
            )
        except Exception as error:  # noqa: BLE001 - it is raised where the results are awaited
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(waiting, results, strict=True):
            if not future.done():
                future.set_result(result)


def load(operation: Operation, owner: Any, arguments: Mapping[str, Any], call: Call) -> Any:
    """Await the result for ``owner``."""
    key = (operation.name, json.dumps(arguments, sort_keys=True, default=str))
    batch = call.loads.get(key)
    if batch is None:
        batch = call.loads[key] = Batch(operation, arguments, call)
    return batch.load(owner)
