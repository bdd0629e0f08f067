"""What runs in this process, as rows: written soon after it changed, never more than once in a
second, and at least every few seconds, which says that the process lives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from hub.operations.services.states import ComponentNow
from hub.operations.threads import run_in_thread
from hub.runtime.models import SECONDS, ComponentRow, LifespanRow, Process, WorkerRow
from hub.runtime.states import LifespanNow, WorkerNow

_PAUSE: Final = 1.0  # seconds between writes
_TIMEOUT: Final = 10.0
_FORGOTTEN_AFTER: Final = timedelta(hours=1)
_LONGEST_TRACE: Final = 20_000
_LONGEST_ERROR: Final = 2_000

logger = logging.getLogger("hub.runtime")


def new_process_name() -> str:
    """A name that no other process, nor this one after a restart, has."""
    return f"{socket.gethostname()[:100]}-{os.getpid()}-{secrets.token_hex(4)}"


class Reports:
    """To be told on the event loop; it writes in a thread. Where the database can't be written,
    what was to be written is kept and tried again."""

    def __init__(self, *, process: str, kind: str) -> None:
        self.process = process
        self._kind = kind
        self._started_at = timezone.now()
        self._workers: dict[str, tuple[str, WorkerNow]] = {}
        self._lifespans: dict[str, LifespanNow] = {}
        self._components: dict[str, tuple[str, ComponentNow]] = {}
        self._dirty_workers: set[str] = set()
        self._dirty_lifespans: set[str] = set()
        self._dirty_components: set[str] = set()
        self._is_known = False
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._trouble = False

    def worker(self, name: str, plugin: str, now: WorkerNow) -> None:
        self._workers[name] = (plugin, now)
        self._dirty_workers.add(name)
        self._changed.set()

    def lifespan(self, plugin: str, now: LifespanNow) -> None:
        self._lifespans[plugin] = now
        self._dirty_lifespans.add(plugin)
        self._changed.set()

    def component(self, name: str, plugin: str, now: ComponentNow) -> None:
        self._components[name] = (plugin, now)
        self._dirty_components.add(name)
        self._changed.set()

    def failed_lifespans(self) -> dict[str, LifespanNow]:
        return {name: now for name, now in self._lifespans.items() if now.state == "failed"}

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep(), name="hub-reports")

    async def stop(self) -> None:
        """This process's rows go: what does not run is not told of."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        with contextlib.suppress(Exception):  # then others find it silent
            await run_in_thread(self._remove, timeout=_TIMEOUT)

    async def flush(self) -> None:
        """Write now what has changed."""
        self._changed.clear()
        workers, lifespans = self._dirty_workers, self._dirty_lifespans
        components = self._dirty_components
        self._dirty_workers, self._dirty_lifespans = set(), set()
        self._dirty_components = set()
        try:
            await run_in_thread(
                self._write,
                {name: self._workers[name] for name in workers},
                {name: self._lifespans[name] for name in lifespans},
                {name: self._components[name] for name in components},
                timeout=_TIMEOUT,
            )
            self._trouble = False
        except Exception as error:  # noqa: BLE001 - the next try may succeed
            self._dirty_workers |= workers
            self._dirty_lifespans |= lifespans
            self._dirty_components |= components
            if not self._trouble:
                logger.warning(
                    "What runs here can't be stored, trying on: %s", type(error).__name__
                )
            self._trouble = True

    async def _keep(self) -> None:
        while True:
            await self.flush()
            await asyncio.sleep(_PAUSE)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SECONDS - _PAUSE):
                    await self._changed.wait()

    def _write(
        self,
        workers: dict[str, tuple[str, WorkerNow]],
        lifespans: dict[str, LifespanNow],
        components: dict[str, tuple[str, ComponentNow]],
    ) -> None:
        if not self._is_known and not _table_exists():
            raise LookupError("The tables are not there yet.")  # runserver starts before migrate
        with transaction.atomic():
            if not self._say_alive():
                workers, lifespans = dict(self._workers), dict(self._lifespans)
                components = dict(self._components)
            _upsert(
                WorkerRow,
                "worker",
                [
                    WorkerRow(
                        process_id=self.process, worker_id=name, plugin=plugin, **_values(now)
                    )
                    for name, (plugin, now) in workers.items()
                ],
            )
            _upsert(
                LifespanRow,
                "plugin",
                [
                    LifespanRow(process_id=self.process, plugin=plugin, **_values(now))
                    for plugin, now in lifespans.items()
                ],
            )
            _upsert(
                ComponentRow,
                "component",
                [
                    ComponentRow(
                        process_id=self.process, component_id=name, plugin=plugin, **_values(now)
                    )
                    for name, (plugin, now) in components.items()
                ],
            )
        self._is_known = True

    def _say_alive(self) -> bool:
        """False where the row was not there: at first, or since others took this one for gone."""
        now = timezone.now()
        if Process.objects.filter(pk=self.process).update(seen_at=now):
            return True
        Process.objects.create(
            name=self.process,
            kind=self._kind,
            host=socket.gethostname()[:200],
            pid=os.getpid(),
            started_at=self._started_at,
            seen_at=now,
        )
        Process.objects.filter(seen_at__lt=now - _FORGOTTEN_AFTER).delete()
        return False

    def _remove(self) -> None:
        Process.objects.filter(pk=self.process).delete()


def _table_exists() -> bool:
    return Process._meta.db_table in connection.introspection.table_names()


def _upsert(model: Any, key: str, rows: list[Any]) -> None:
    if not rows:
        return
    skipped = {"id", "process", key}
    fields = [field.name for field in model._meta.concrete_fields if field.name not in skipped]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=["process", key], update_fields=fields
    )


def _values(now: WorkerNow | LifespanNow | ComponentNow) -> dict[str, Any]:
    values = asdict(now)
    return {
        **values,
        "state": now.state.value,
        "error": _storable(now.error, _LONGEST_ERROR),
        "trace": _storable(now.trace, _LONGEST_TRACE),
    }


def _storable(text: str, longest: int) -> str:
    """PostgreSQL refuses NUL, and no database takes lone surrogates. The end of a traceback says
    more than its start."""
    kept = text if len(text) <= longest else f"…{text[-longest:]}"
    return kept.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
