"""``/v1``: Consul's HTTP API, as much of it as registering and finding services needs. Pure ASGI;
the envelope around it limits bodies and checks the host."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from hub.registry.consul import acting, reading
from hub.registry.consul.blocking import Query, answer
from hub.registry.consul.node import refuse_other_datacenter
from hub.registry.consul.requests import (
    ANYONE,
    READ,
    WRITE,
    Answer,
    Left,
    Receive,
    Request,
    Scope,
    Send,
    json_answer,
    read_request,
    refusal,
    segments_of,
    text_answer,
)
from hub.wire.errors import BadRequest, HubError

Handler = Callable[[Request], Awaitable[Answer]]

ANYTHING: Final = "*"  # one part of a path


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    needs: str
    handler: Handler


def _blocking(make: Callable[[Request], Query]) -> Handler:
    async def handle(request: Request) -> Answer:
        found = await answer(make(request), request)
        headers = (
            (b"x-consul-index", b"%d" % found.index),
            (b"x-consul-knownleader", b"true"),
            (b"x-consul-lastcontact", b"0"),
            (b"x-consul-effective-consistency", b"leader"),
        )
        return json_answer(found.document, headers=headers)

    return handle


ROUTES: Final = (
    Route("PUT", "agent/service/register", WRITE, acting.register_service),
    Route("PUT", "agent/service/deregister/*", WRITE, acting.deregister_service),
    Route("PUT", "agent/check/register", WRITE, acting.register_check),
    Route("PUT", "agent/check/deregister/*", WRITE, acting.deregister_check),
    Route("PUT", "agent/check/pass/*", WRITE, acting.pass_check),
    Route("PUT", "agent/check/warn/*", WRITE, acting.warn_check),
    Route("PUT", "agent/check/fail/*", WRITE, acting.fail_check),
    Route("PUT", "agent/check/update/*", WRITE, acting.update_check),
    Route("GET", "agent/self", ANYONE, acting.agent_self),
    Route("GET", "agent/services", READ, acting.agent_services),
    Route("GET", "agent/service/*", READ, acting.agent_service),
    Route("GET", "agent/checks", READ, acting.agent_checks),
    Route("GET", "agent/health/service/id/*", READ, acting.agent_health_by_id),
    Route("GET", "agent/health/service/name/*", READ, acting.agent_health_by_name),
    Route("GET", "catalog/datacenters", ANYONE, acting.datacenters),
    Route("GET", "catalog/services", READ, _blocking(reading.services)),
    Route("GET", "catalog/nodes", READ, _blocking(reading.nodes)),
    Route("GET", "catalog/service/*", READ, _blocking(reading.catalog_service)),
    Route("GET", "health/service/*", READ, _blocking(reading.health_service)),
    Route("GET", "health/checks/*", READ, _blocking(reading.health_checks)),
    Route("GET", "health/node/*", READ, _blocking(reading.health_node)),
    Route("GET", "health/state/*", READ, _blocking(reading.health_state)),
    Route("GET", "status/leader", ANYONE, acting.leader),
    Route("GET", "status/peers", ANYONE, acting.peers),
)


async def consul_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers all below ``/v1/``. Errors are plain text."""
    head = scope["method"] == "HEAD"
    try:
        given = await _answer(scope, receive)
    except HubError as error:
        given = refusal(error)
    except Left:
        return
    await given.send(send, head=head)


async def _answer(scope: Scope, receive: Receive) -> Answer:
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    segments = segments_of(scope)
    fitting = [(route, names) for route in ROUTES if (names := _names(route, segments)) is not None]
    if not fitting:
        return text_answer("Invalid URL path: the hub has no such endpoint of Consul", status=404)
    for route, names in fitting:
        if route.method == method:
            request = await read_request(scope, receive, names=names, needs=route.needs)
            _refuse_unknown(request)
            return await _unless_left(route.handler(request), receive)
    allow = ", ".join(sorted({route.method for route, _ in fitting}))
    text = f"method {scope['method']} not allowed"
    return text_answer(text, status=405, headers=((b"allow", allow.encode()),))


def _names(route: Route, segments: tuple[str, ...]) -> tuple[str, ...] | None:
    parts = route.path.split("/")
    if len(parts) != len(segments):
        return None
    pairs = list(zip(parts, segments, strict=True))
    if not all(part == segment or (part == ANYTHING and segment) for part, segment in pairs):
        return None
    return tuple(segment for part, segment in pairs if part == ANYTHING)


def _refuse_unknown(request: Request) -> None:
    """What would change the answer must not be passed over in silence."""
    for name in ("filter", "node-meta"):
        if request.query.get(name):
            raise BadRequest(f"?{name}= is not supported by the hub: use ?tag= and ?passing")
    refuse_other_datacenter(request.query.get("dc", ""))


async def _unless_left(handling: Awaitable[Answer], receive: Receive) -> Answer:
    """A query that blocks ends when its client has gone. Raises :class:`Left`."""
    work = asyncio.ensure_future(handling)
    gone = asyncio.ensure_future(_disconnect(receive))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise Left
    finally:
        for task in (work, gone):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
