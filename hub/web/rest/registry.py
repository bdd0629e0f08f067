"""Renewals and long polls of the registry in pure ASGI: they come, and wait, by the thousand.

The ninja routes document both and answer all other requests of the registry. They also answer what
is not plainly right here, so that one place says what is wrong with a request.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError

from hub.registry.instances.bodies import RenewalBody
from hub.registry.instances.routes import READING, WRITING, renewed, watched
from hub.security.callers import caller_of
from hub.web.asgi import Application, Message, Receive, Scope, Send, send_json, send_problem
from hub.web.lane.disconnects import StopOnDisconnect
from hub.web.rest.requests import read_body, read_query, refuse_bad_encoding
from hub.wire.errors import HubError

_INSTANCES: Final = "/api/registry/instances/"
_LEASE: Final = "/lease"
_WATCH: Final = "/api/registry/watch"

_DIGITS: Final = 18  # as many always fit into the 64 bits of an index


class RegistryApp:
    """Answers ``PUT /api/registry/instances/{id}/lease`` and ``GET /api/registry/watch``; every
    other request goes to ``otherwise``, and so does one of these that asks for something unusual.
    """

    def __init__(self, otherwise: Application) -> None:
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        try:
            if method == "PUT" and (id := _renewed_id(path)) and _is_plain(scope):
                return await self._renew(id, scope, receive, send)
            if method == "GET" and path == _WATCH:
                refuse_bad_encoding(scope)
                if (asked := _asked(scope["query_string"])) is not None:
                    return await _watch(asked, scope, receive, send)
        except HubError as error:
            return await send_problem(send, error, scope=scope)
        return await self._otherwise(scope, receive, send)

    async def _renew(self, id: str, scope: Scope, receive: Receive, send: Send) -> None:
        refuse_bad_encoding(scope)
        caller = await WRITING.admitted(await caller_of(scope))
        sent = await read_body(receive)
        try:
            body = RenewalBody.model_validate_json(sent)
        except ValidationError:
            return await self._otherwise(scope, _again(sent, receive), send)
        return await send_json(send, await renewed(id, body, caller))


async def _watch(asked: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
    await READING.admitted(await caller_of(scope))
    with StopOnDisconnect(receive):
        await send_json(send, await watched(**asked))


def _renewed_id(path: str) -> str:
    """The id in the path of a lease, or nothing."""
    if not path.startswith(_INSTANCES) or not path.endswith(_LEASE):
        return ""
    id = path[len(_INSTANCES) : -len(_LEASE)]
    return "" if "/" in id else id


def _is_plain(scope: Scope) -> bool:
    """No parameters, and a body that is said to be JSON, or not said to be anything."""
    if scope["query_string"]:
        return False
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return not kinds or kinds == [b"application/json"]


def _asked(query: bytes) -> dict[str, Any] | None:
    """The arguments of :func:`watched`; ``None`` where they are wrong or unusual."""
    given = read_query(query)
    services = frozenset(given.pop("service", ()))
    [index, *more_indexes] = given.pop("index", ["0"])
    [wait, *more_waits] = given.pop("wait", ["0s"])
    plain = index.isascii() and index.isdigit() and len(index) <= _DIGITS
    if given or more_indexes or more_waits or not plain:
        return None
    return {"index": int(index), "wait": wait, "services": services}


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read already once more, and then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
