"""Plugins that have only a lifespan and workers, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hub.operations.threads import run_in_thread
from hub.runtime.declared import DeclaredParts, DeclaredWorker
from hub.runtime.models import LifespanRow, WorkerRow
from hub.sdk.runtime import LifespanDeclaration, worker, worker_declaration_of


def kitchen(
    lifespan: Callable[..., Any] | None = None,
    *workers: Callable[..., Any],
    label: str = "kitchen",
    start: float = 10.0,
    stop: float = 10.0,
) -> DeclaredParts:
    declared = (
        worker_declaration_of(each) or worker_declaration_of(worker(each)) for each in workers
    )
    return DeclaredParts(
        plugin=label,
        lifespan=LifespanDeclaration(function=lifespan) if lifespan else None,
        workers=tuple(
            DeclaredWorker(f"{label}.{each.name}", label, each, each.stop_timeout or stop)
            for each in declared
            if each is not None
        ),
        start_timeout=start,
        stop_timeout=stop,
    )


class Diary(list[str]):
    """What happened, in order."""

    def lifespan(self, label: str) -> Callable[[], Iterator[None]]:
        """A plain one that writes when it starts and stops."""

        @contextmanager
        def lived() -> Iterator[None]:
            self.append(f"{label} starts")
            yield
            self.append(f"{label} stops")

        return lived  # type: ignore[return-value]


async def worker_rows() -> dict[str, WorkerRow]:
    rows = await run_in_thread(lambda: list(WorkerRow.objects.select_related("process")))
    return {row.worker_id: row for row in rows}


async def lifespan_rows() -> dict[str, LifespanRow]:
    rows = await run_in_thread(lambda: list(LifespanRow.objects.select_related("process")))
    return {row.plugin: row for row in rows}


async def until(is_so: Callable[[], Any]) -> None:
    """Wait for something that happens on the loop or in a thread."""
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - it may happen in a thread
            await asyncio.sleep(0.005)


async def until_lifespan(plugin: str, state: str) -> None:
    async with asyncio.timeout(30):
        while True:
            row = (await lifespan_rows()).get(plugin)
            if row is not None and row.state == state:
                return
            await asyncio.sleep(0.05)


async def until_row(name: str, is_so: Callable[[WorkerRow], Any]) -> WorkerRow:
    """Wait until the row of the worker is there and is so."""
    async with asyncio.timeout(30):
        while True:
            row = (await worker_rows()).get(name)
            if row is not None and is_so(row):
                return row
            await asyncio.sleep(0.05)


async def until_state(name: str, state: str) -> WorkerRow:
    return await until_row(name, lambda row: row.state == state)
