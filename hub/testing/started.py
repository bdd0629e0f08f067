"""A hub that runs in the test's process, as a server would run it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, TypeVar

from channels.routing import get_default_application
from django.test import override_settings

from hub.health import heartbeats
from hub.loader.catalog import Catalog
from hub.operations import switches
from hub.operations.configuration import following
from hub.operations.container.container import Container
from hub.operations.engine import engine
from hub.operations.threads import stop_threads
from hub.registry.statistics import recorder
from hub.registry.sync import sync
from hub.security.lookups import known
from hub.testing.calls import SUPERUSER, invoked
from hub.testing.choosing import only
from hub.testing.client import HubClient
from hub.testing.identities import STRANGER, Identity
from hub.testing.loops import LoopThread
from hub.web.asgi import Application, Message, Receive, Scope, Send, send_problem
from hub.wire.errors import NotFound

T = TypeVar("T")

_FOLLOWER: Final = "hub-settings-follower"
_running: StartedHub | None = None


class NotStarted(Exception):
    """Why the hub did not start, as a sentence: a plugin's lifespan failed."""


class StartedHub:
    """What runs is on :attr:`loop`, an event loop in a thread of its own."""

    def __init__(self, application: Application, whole: Catalog) -> None:
        self._place = LoopThread()
        self._inner = application
        self._mounts = _mounts_of(whole) - _mounts_of(engine().catalog)
        self._in: asyncio.Queue[Message] = asyncio.Queue()
        self._out: asyncio.Queue[Message] = asyncio.Queue()
        self._lifespan: asyncio.Task[None] | None = None

    @property
    def plugins(self) -> tuple[str, ...]:
        """Labels of the plugins that run, without the hub's own, in dependency order."""
        return tuple(plugin.label for plugin in engine().catalog.loaded() if not plugin.builtin)

    @property
    def catalog(self) -> Catalog:
        return engine().catalog

    @property
    def container(self) -> Container:
        return engine().container

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._place.loop

    def client(self, caller: Identity = STRANGER, *, token: str = "") -> HubClient:
        return HubClient(
            token=token, caller=caller, application=self.application, place=self._place
        )

    def call(self, operation: str, /, **arguments: Any) -> Any:
        """As the superuser; clients call as their caller. Raises :class:`hub.sdk.HubError`."""
        return self.run(invoked(operation, SUPERUSER, arguments))

    async def acall(self, operation: str, /, **arguments: Any) -> Any:
        return await self.arun(invoked(operation, SUPERUSER, arguments))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the hub's loop, where what its lifespans made lives."""
        return self._place.wait(work)

    async def arun(self, work: Coroutine[Any, Any, T]) -> T:
        return await self._place.awaited(work)

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The hub's ASGI application. Django's URLs stay those of all plugins, so what is not
        chosen is not found here."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith("/api/"):
            mount = path.split("/", 3)[2]
            if mount in self._mounts:
                error = NotFound(f"The plugin at /api/{mount}/ is not part of this test.")
                return await send_problem(send, error, scope=scope)
        return await self._inner(scope, receive, send)

    def start(self) -> None:
        """Raises :class:`NotStarted`."""
        self.run(self._begin())

    def stop(self) -> None:
        try:
            self.run(self._end())
        finally:
            self._place.stop()

    async def _begin(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        self._lifespan = asyncio.ensure_future(
            self._inner(scope, self._in.get, self._out.put), loop=self.loop
        )
        answer = await self._ask("lifespan.startup")
        if answer["type"] != "lifespan.startup.complete":
            raise NotStarted(answer.get("message", "The hub did not start."))

    async def _end(self) -> None:
        if self._lifespan is not None and not self._lifespan.done():
            await self._ask("lifespan.shutdown")
            await self._lifespan

    async def _ask(self, kind: str) -> Message:
        assert self._lifespan is not None
        self._in.put_nowait({"type": kind})
        told = asyncio.ensure_future(self._out.get())
        await asyncio.wait({told, self._lifespan}, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            told.cancel()
            await self._lifespan
            raise NotStarted("The hub ended without a word.")
        return await told


@contextmanager
def started_hub(*labels: str) -> Iterator[StartedHub]:
    """A hub with these plugins and those they require; without ``labels`` with all. Its rows are
    in the database, its lifespans and workers run, and all is stopped at the end.

    Worker threads see committed rows only: the test needs ``transactional_db``. Raises
    :class:`LookupError` for plugins that can't run, :class:`NotStarted` for failing lifespans.
    """
    global _running
    if _running is not None:
        raise RuntimeError("A hub runs in this process already: one test has one.")
    application: Application = get_default_application()
    whole = engine().catalog
    with ExitStack() as stack:
        stack.enter_context(only(labels))
        stack.enter_context(_nothing_remembered())
        sync(engine())
        _running = started = StartedHub(application, whole)
        try:
            with override_settings(HUB_STRICT=True):  # a failing lifespan fails the test
                started.start()
            yield started
        finally:
            _running = None
            started.stop()
            _end_threads()


def running_hub() -> StartedHub | None:
    """The hub that :func:`started_hub` runs now."""
    return _running


@contextmanager
def _nothing_remembered() -> Iterator[None]:
    """Each test's database is new: nothing this process knows of the last one may count, and no
    timer may write the calls of this one into another's."""
    period, recorder.period = recorder.period, None
    _forget()
    try:
        yield
    finally:
        _forget()
        recorder.period = period


def _forget() -> None:
    known.forget()
    switches.forget()
    recorder.forget()
    heartbeats._written.clear()


def _end_threads() -> None:
    """With their connections: the database may go only then. A hub that did not start has left
    them running."""
    following.stop()
    stop_threads()
    for thread in threading.enumerate():
        if thread.name == _FOLLOWER:
            thread.join(5.0)


def _mounts_of(catalog: Catalog) -> frozenset[str]:
    return frozenset(plugin.mount for plugin in catalog.loaded())
