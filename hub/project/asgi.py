"""The ASGI application: lifespan, static files, probes, the API lane, and stock Django.

Stock Django's middleware costs thread hops on every request; the API goes through a lane of its
own (hub/web/lane). Everything people see (admin, docs, pages) stays on the stock handler.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.project.settings")

from django.core.asgi import get_asgi_application

_django = get_asgi_application()  # sets Django up, so it stands before all imports of the hub

from django.urls import get_resolver

from hub import __version__
from hub.health.healthz import healthz
from hub.loader.boot import catalog
from hub.loader.once import once
from hub.operations.configuration import following
from hub.operations.engine import engine
from hub.operations.threads import stop_threads
from hub.project.background import Background
from hub.project.probes import also_ask, livez, readyz
from hub.registry.consul.app import consul_app
from hub.registry.consul.requests import refuse_request
from hub.rpc.dispatch import DispatchApp, refuse_call, warm_up
from hub.runtime.process import StartFailed
from hub.sdk.signals import HubStarted, HubStopping, hub_started, hub_stopping
from hub.sdk.trail import running_trail
from hub.web.access_log import VARIABLE as ACCESS_LOG
from hub.web.access_log import AccessLog
from hub.web.asgi import Application, Receive, Scope, Send
from hub.web.graphql.app import graphql_app
from hub.web.graphql.schema import hub_schema
from hub.web.lane.disconnects import StopOnDisconnect
from hub.web.lane.envelope import Envelope
from hub.web.lane.handler import LeanHandler
from hub.web.lane.plugin_middleware import behind_middleware
from hub.web.lane.stock import StockOnLentThreads
from hub.web.metrics.app import metrics
from hub.web.mounts import Mounts
from hub.web.pages.app import pages_app
from hub.web.rest.actions import ActionsApp
from hub.web.rest.gate import PluginGate
from hub.web.rest.registry import RegistryApp
from hub.web.rest.routes import RouteTable
from hub.web.sockets.app import socket_app
from hub.web.static_files import StaticFiles
from hub.web.trails import WithRequestId

_stock = WithRequestId(StockOnLentThreads(cast(Application, _django)))
_pages: Application = Envelope(pages_app)
_static = StaticFiles()
_rpc: Application = Envelope(DispatchApp(StopOnDisconnect), refuse=refuse_call, for_programs=True)
_consul: Application = Envelope(consul_app, refuse=refuse_request)
_EXACT: dict[str, Application] = {
    "/livez": livez,
    "/readyz": readyz,
    "/healthz": Envelope(healthz),
    "/metrics": Envelope(metrics),
}
background = Background()
also_ask(background.objection)


@dataclass(frozen=True, slots=True)
class _OfPlugins:
    """Applications that are made of what the plugins contribute."""

    api: Application
    graphql: Application
    mounts: Mounts
    mounted: Application


@once
def _of_plugins() -> _OfPlugins:
    routes = RouteTable(engine().operations)
    api, graphql = behind_middleware(
        catalog(),
        api=PluginGate(RegistryApp(ActionsApp(lambda: routes, otherwise=LeanHandler()))),
        graphql=graphql_app,
    )
    mounts = Mounts(catalog())
    return _OfPlugins(Envelope(api), Envelope(graphql), mounts, Envelope(mounts))


def _route(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    kind = scope["type"]
    if kind == "http":
        return _http_application(scope["path"])(scope, receive, send)
    return socket_app(scope, receive, send)


_routed: Application = AccessLog(_route) if os.environ.get(ACCESS_LOG) else _route


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Route one connection to the application that answers it."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    running_trail.set(scope)
    await _routed(scope, receive, send)


def _http_application(path: str) -> Application:
    if path.startswith("/api/") or path == "/api":
        return _docs_or_api(path)
    if path.startswith("/rpc/") or path in {"/rpc", "/invoke"}:
        return _rpc
    if path.startswith("/v1/"):
        return _consul
    if path.startswith("/static/"):
        return _static
    if path.startswith("/pages/"):
        return _pages
    of_plugins = _of_plugins()
    if path == "/graphql":
        return of_plugins.graphql
    if of_plugins.mounts.takes(path):
        return of_plugins.mounted
    return _EXACT.get(path, _stock)


def _docs_or_api(path: str) -> Application:
    return _stock if path in {"/api/docs", "/api/redoc"} else _of_plugins().api


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await begin()
            except StartFailed as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await end()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def begin() -> None:
    """What a server does once, on its event loop: the lifespan's startup. Raises
    :class:`StartFailed`."""
    _warm_up()
    engine().container.things.live_on(asyncio.get_running_loop())
    following.start(asyncio.get_running_loop())
    await background.begin()
    hub_started.send(HubStarted(__version__))  # on the loop: nobody waits for those who listen


async def end() -> None:
    """What it does when no call runs any more: the lifespan's shutdown."""
    await hub_stopping.asend(HubStopping(__version__))
    await background.end()
    following.stop()
    await engine().container.aclose()
    await asyncio.to_thread(stop_threads)


def _warm_up() -> None:
    """What the first request would wait for. The objects made so far live as long as the process:
    the garbage collector, off while they were made, need not look at them again and again: a fifth
    of a request's time."""
    _of_plugins()
    hub_schema()
    warm_up()
    _ = get_resolver().url_patterns
    gc.freeze()
    gc.enable()
