"""Requests to ``/v1`` read, and answers sent. Errors are plain text, as Consul's are."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from django.conf import settings

from hub.registry.consul.agent import Owner
from hub.registry.instances.routes import may_touch_all, owner_of
from hub.sdk.callers import Caller
from hub.security.callers import caller_of
from hub.wire.errors import BadRequest, Forbidden, HubError, Unauthenticated

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

ANYONE: Final = ""  # what tells nothing but that this is a Consul; clients ask it without a token
READ: Final = "registry:read"
WRITE: Final = "registry:write"
PREFIX: Final = "/v1/"

_TRUE: Final = frozenset({"", "1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_REASONS: Final = {422: 400, 409: 400}


class Left(Exception):
    """The client has gone: nobody waits for the answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """``names`` are the decoded variable parts of the path, ``query`` the last value of each
    parameter, ``tags`` all values of ``tag``."""

    method: str
    names: tuple[str, ...]
    query: Mapping[str, str]
    tags: tuple[str, ...]
    body: bytes
    caller: Caller
    client: str

    @property
    def owner(self) -> Owner:
        """The same as over the registry's own API."""
        return Owner(owner_of(self.caller), anyone=may_touch_all(self.caller))

    @property
    def client_address(self) -> str:
        """Where the program that asks runs. Raises :class:`BadRequest` behind a proxy, where only
        the proxy's address is known."""
        if settings.SECURE_PROXY_SSL_HEADER or not self.client:
            raise BadRequest("Address is missing: the hub can't see where the service runs")
        return self.client

    def flag(self, name: str) -> bool:
        """As Consul reads it: a name alone is true."""
        value = self.query.get(name)
        if value is None or value in _FALSE:
            return False
        if value not in _TRUE:
            raise BadRequest(f"Invalid value for ?{name}")
        return True


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b""
    status: int = 200
    content_type: bytes = b"application/json"
    headers: tuple[Header, ...] = field(default=())

    async def send(self, send: Send, *, head: bool) -> None:
        headers = [
            (b"content-type", self.content_type),
            (b"content-length", b"%d" % len(self.body)),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else self.body})


def json_answer(document: Any, *, status: int = 200, headers: tuple[Header, ...] = ()) -> Answer:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(body, status, headers=headers)


def text_answer(text: str, *, status: int, headers: tuple[Header, ...] = ()) -> Answer:
    return Answer(text.encode(), status, b"text/plain; charset=utf-8", headers)


def refusal(error: HubError) -> Answer:
    """Consul knows 400 for what can't be taken and 403 for who may not."""
    if isinstance(error, Unauthenticated):
        return text_answer("ACL not found", status=403)
    headers = tuple(
        (name.lower().encode(), value.encode("latin-1")) for name, value in error.headers.items()
    )
    status = _REASONS.get(error.status, error.status)
    return text_answer(error.message, status=status, headers=headers)


async def refuse_request(
    send: Send, error: HubError, *, scope: Mapping[str, Any], head: bool = False
) -> None:
    """What the envelope around answers itself: a wrong host, a body that is too large."""
    await refusal(error).send(send, head=head)


def segments_of(scope: Scope) -> tuple[str, ...]:
    """The decoded parts of the path behind ``/v1/``; one part may hold an encoded slash."""
    raw = scope.get("raw_path")
    if raw is None:
        return tuple(str(scope["path"]).removeprefix(PREFIX).split("/"))
    path = bytes(raw).partition(b"?")[0].decode("latin-1")
    root = str(scope.get("root_path", ""))
    parts = path.removeprefix(root).removeprefix(PREFIX).split("/")
    return tuple(unquote(part, errors="replace") for part in parts)


async def read_request(
    scope: Scope, receive: Receive, *, names: tuple[str, ...], needs: str
) -> Request:
    """Raises :class:`Unauthenticated`, :class:`Forbidden` and :class:`BadRequest`."""
    query, tags = _query_of(scope)
    caller = await _caller_of(scope)
    if needs and not caller.has_scope(needs):
        who = f"token of '{caller.username}'" if caller.is_authenticated else "anonymous token"
        raise Forbidden(f"Permission denied: {who} lacks permission '{needs}'")
    if any("\x00" in name for name in names):
        raise BadRequest("The path holds a NUL character")
    client = scope.get("client")
    return Request(
        method=scope["method"],
        names=names,
        query=query,
        tags=tags,
        body=await _body(receive),
        caller=caller,
        client=str(client[0]) if client else "",
    )


def _query_of(scope: Scope) -> tuple[dict[str, str], tuple[str, ...]]:
    try:
        text = bytes(scope.get("query_string", b"")).decode("ascii")
        found = parse_qs(text, keep_blank_values=True, errors="replace", max_num_fields=100)
    except ValueError:
        raise BadRequest("The query can't be read") from None
    if "token" in found:
        raise BadRequest("?token= lands in logs: send the token as X-Consul-Token")
    return {name: values[-1] for name, values in found.items()}, tuple(found.get("tag", ()))


async def _caller_of(scope: Scope) -> Caller:
    """Consul's own header goes before ``Authorization``."""
    tokens = [value for name, value in scope["headers"] if name == b"x-consul-token" and value]
    if not tokens:
        return await caller_of(scope)
    others = [entry for entry in scope["headers"] if entry[0] != b"authorization"]
    bearer = [(b"authorization", b"Bearer " + value) for value in tokens]
    return await caller_of({**scope, "headers": [*others, *bearer]})


async def _body(receive: Receive) -> bytes:
    """Its size is limited by the envelope around."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Left
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
