"""A client of the hub in this process: REST, GraphQL, WebSockets and calls, without a server.

It speaks to the ASGI application as a server would. Each method has a twin with an ``a`` before
its name for async tests, as Django's own client has.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from channels.routing import get_default_application

from hub.security.callers import caller_of
from hub.testing.calls import invoked
from hub.testing.identities import STRANGER, Identity
from hub.testing.loops import Here, Place
from hub.testing.sockets import HubSocket
from hub.web.asgi import Application, Message, Scope

HOST: Final = "localhost"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class HubClient:
    """``HubClient(token=…).post(path, {"a": 1})``. Paths are given as sent, percent-encoded.

    Without ``token`` or ``caller`` it is nobody's. ``application`` and ``place`` are a started
    hub's; else it is the hub of this process, on the test's own loop.
    """

    def __init__(
        self,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        caller: Identity = STRANGER,
        application: Application | None = None,
        place: Place | None = None,
    ) -> None:
        self.caller = caller
        self._own = dict(headers or {})
        self._headers = {**caller.headers, **self._own}
        if token:
            self._headers["authorization"] = f"Bearer {token}"
        self._application = application
        self._place: Place = place or Here()

    def as_caller(self, caller: Identity) -> HubClient:
        """The same hub for another caller; the fixture ``caller`` makes them."""
        return HubClient(
            headers=self._own, caller=caller, application=self._application, place=self._place
        )

    def with_token(self, token: str) -> HubClient:
        """The same hub for whoever holds ``token``, good or not."""
        return HubClient(
            token=token, headers=self._own, application=self._application, place=self._place
        )

    # ── REST ─────────────────────────────────────────────────────────────────────────────────

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Answer:
        return self.request("POST", path, data, headers=headers)

    def put(self, path: str, data: Any = None, **headers: str) -> Answer:
        return self.request("PUT", path, data, headers=headers)

    def patch(self, path: str, data: Any = None, **headers: str) -> Answer:
        return self.request("PATCH", path, data, headers=headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.request("DELETE", path, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """``data`` is sent as JSON; bytes are sent as they are."""
        return self._place.wait(self._request(method, path, data, headers or {}))

    async def aget(self, path: str, **headers: str) -> Answer:
        return await self.arequest("GET", path, headers=headers)

    async def apost(self, path: str, data: Any = None, **headers: str) -> Answer:
        return await self.arequest("POST", path, data, headers=headers)

    async def aput(self, path: str, data: Any = None, **headers: str) -> Answer:
        return await self.arequest("PUT", path, data, headers=headers)

    async def apatch(self, path: str, data: Any = None, **headers: str) -> Answer:
        return await self.arequest("PATCH", path, data, headers=headers)

    async def adelete(self, path: str, **headers: str) -> Answer:
        return await self.arequest("DELETE", path, headers=headers)

    async def arequest(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return await self._place.awaited(self._request(method, path, data, headers or {}))

    # ── GraphQL, calls, WebSockets ───────────────────────────────────────────────────────────

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The whole answer: ``{"data": …}``, with ``errors`` where there are some."""
        return self.post("/graphql", _query(query, variables)).json()

    async def agraphql(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        return (await self.apost("/graphql", _query(query, variables))).json()

    def call(self, operation: str, /, **arguments: Any) -> Any:
        """The operation's result, through the whole pipeline. Raises :class:`hub.sdk.HubError`."""
        return self._place.wait(self._call(operation, arguments))

    async def acall(self, operation: str, /, **arguments: Any) -> Any:
        return await self._place.awaited(self._call(operation, arguments))

    def websocket(self, path: str, **headers: str) -> HubSocket:
        """``with client.websocket("/ws/greeter/echo") as socket``, or ``async with``."""
        return HubSocket(
            self._application or get_default_application(),
            path,
            headers=self._sent(headers),
            place=self._place,
        )

    async def _call(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        caller = await caller_of(_scope("GET", "/", self._sent({})))
        return await invoked(operation, caller, arguments)

    async def _request(
        self, method: str, target: str, data: Any, headers: Mapping[str, str]
    ) -> Answer:
        body = data if isinstance(data, bytes) else b"" if data is None else _json(data)
        extra: dict[str, str] = {}
        if data is not None:
            extra = {"content-type": "application/json", "content-length": str(len(body))}
        sent = self._sent({**extra, **headers})
        application: Application = self._application or get_default_application()
        return await _exchange(application, method, target, sent, body)

    def _sent(self, headers: Mapping[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-").lower(): text for name, text in headers.items()}
        return {"host": HOST, **self._headers, **named}


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


def _query(query: str, variables: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"query": query, **({"variables": dict(variables)} if variables else {})}


def _scope(method: str, target: str, headers: Mapping[str, str]) -> Scope:
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": (HOST, 80),
    }


async def _exchange(
    application: Application, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    scope = _scope(method, target, headers)
    sent: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    got: list[Message] = []

    async def receive() -> Message:
        if not sent:
            await asyncio.Event().wait()  # the client stays until it has its answer
        return sent.pop()

    async def send(message: Message) -> None:
        got.append(message)

    await application(scope, receive, send)
    return Answer(
        status=got[0]["status"],
        headers={
            name.decode().lower(): value.decode("latin-1") for name, value in got[0]["headers"]
        },
        body=b"".join(message.get("body", b"") for message in got[1:]),
    )
