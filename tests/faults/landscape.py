"""A hub that keeps the registry, instances of a service beside it, and callers under load."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from hub.client import Hub
from hub.client.registries.over_http import HubRegistry
from tests.faults.shelf.echoing.echo import Echo
from tests.processes import HubProcess, free_port

SHELF: Final = Path(__file__).parent / "shelf"
PATIENCE: Final = 60.0  # seconds after which something that should happen has failed to

# Short, so that tests needn't wait for half a minute.
_LEASES: Final = {"HUB_LEASE_SECONDS": "5", "HUB_LEASE_RENEWAL": "1", "HUB_LEASE_SWEEP": "0.5"}


class Landscape:
    """``hub`` is the registry, ``instances`` are hubs that announce themselves there, by name."""

    def __init__(self, folder: Path, *names: str) -> None:
        self._folder, self._names = folder, names
        self._stack = ExitStack()
        self.instances: dict[str, HubProcess] = {}
        self.ports = {name: free_port() for name in ("hub", *names)}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.hub = stack.enter_context(self._registry())
            self.token = self.hub.token("registry:read", "registry:write", "registry:admin")
            begun = {name: self.instance(name) for name in self._names}  # all start at once
            for name, process in begun.items():
                self.instances[name] = stack.enter_context(process)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _registry(self) -> HubProcess:
        folder = self._folder / "hub"
        folder.mkdir(exist_ok=True)
        settings = {**_LEASES, "HUB_ADMIN_PASSWORD": "correct horse"}
        return HubProcess(folder, port=self.ports["hub"], settings=settings)

    def start_hub(self) -> None:
        self.hub = self._stack.enter_context(self._registry())

    def start(self, name: str, **settings: str) -> None:
        self.instances[name] = self._stack.enter_context(self.instance(name, **settings))

    def instance(self, name: str, **settings: str) -> HubProcess:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        own = {
            "HUB_PLUGIN_DIRS": str(SHELF),
            "HUB_REGISTRY": self.hub.url,
            "HUB_REGISTRY_TOKEN": self.token,
            "HUB_PLUGINS__ECHOING__NAME": name,
            **settings,
        }
        return HubProcess(folder, port=self.ports[name], settings=own)

    def caller(self, **options: Any) -> Hub:
        """Its token is for the registry: the instances are hubs of their own, and don't know it."""
        return Hub(self.hub.url, registry=HubRegistry(self.hub.url, token=self.token), **options)


class Load:
    """Threads that call without a pause. ``answers`` counts who answered, ``failures`` what was
    raised, since :meth:`begin` was called last."""

    def __init__(self, hub: Hub, *, threads: int = 4) -> None:
        self._echo = hub.service(Echo)
        self._stop = threading.Event()
        self.threads = [threading.Thread(target=self._call, daemon=True) for _ in range(threads)]
        self.begin()

    def begin(self) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[Exception] = []

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def wait_for(self, what: Callable[[], bool]) -> None:
        """Until it is so, under load."""
        wait_for(what, lambda: f"{self.answers}, {len(self.failures)} failures")

    def wait_for_calls(self, number: int) -> None:
        """Until that many more were answered."""
        until = self.answers.total() + number
        self.wait_for(lambda: self.answers.total() >= until)

    def _call(self) -> None:
        import asyncio

        async def calls() -> None:
            while not self._stop.is_set():
                try:
                    self.answers[await self._echo.who()] += 1
                except Exception as error:  # noqa: BLE001 - they are counted
                    self.failures.append(error)

        asyncio.run(calls())


def wait_for(what: Callable[[], bool], told: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)
