"""The registry of a hub, over its REST API."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic_core import from_json, to_json

from hub.client.instances import (
    Changes,
    Instance,
    InstanceStatus,
    Lease,
    Registration,
    StaleLease,
    UnknownInstance,
)
from hub.client.settings import ClientSettings
from hub.client.tokens import Token, Tokens
from hub.client.transport.heads import head_of
from hub.client.transport.messages import Answer, Request
from hub.client.transport.transport import Transport
from hub.wire.codecs.limits import Limits
from hub.wire.envelope import ErrorEnvelope, error_map
from hub.wire.errors import HubError, Unavailable

_PATH: Final = "/api/registry/"
_LARGEST: Final = 256 * 1024 * 1024  # bytes: everything that a hub of 100,000 instances tells
_LATE: Final = 5.0  # seconds that an answer may be late beyond the wait that was asked for
_JITTER: Final = 1 / 16  # of the wait, by which the hub spreads its answers
_OWN: Final[dict[str, type[HubError]]] = {
    kind.default_code: kind for kind in (UnknownInstance, StaleLease)
}


@with_config(ConfigDict(extra="ignore"))
@dataclass(frozen=True, slots=True, kw_only=True)
class _Leased:
    id: str
    generation: int
    lease: float
    renew_in: float


@with_config(ConfigDict(extra="ignore"))
@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    index: int
    reset: bool
    instances: list[Instance]
    removed: list[str]
    protected: list[str]


_LEASED: Final = TypeAdapter(_Leased)
_TOLD: Final = TypeAdapter(_Told)
_ERRORS: Final = error_map()


class HubRegistry:
    """``url`` is the hub's, such as ``http://hub:8000``; the token needs ``registry:read`` to
    follow and ``registry:write`` to join; what gives one is asked again
    where the hub does not take it any more. Usable on any event loop and in forked children."""

    def __init__(
        self, url: str, *, token: Token | None = None, settings: ClientSettings | None = None
    ) -> None:
        self._url = url.rstrip("/") + _PATH
        self._tokens = Tokens(token)
        self._settings = settings or ClientSettings()
        limits = Limits(size=_LARGEST)
        self._transport = Transport(replace(self._settings, answers=limits))

    async def register(self, registration: Registration) -> Lease:
        said = {each.name: getattr(registration, each.name) for each in fields(registration)}
        body = to_json(said, fallback=dict)  # mappings that can't be written to are none to JSON
        return _lease(await self._send("POST", "instances", body=body))

    async def renew(self, lease: Lease, *, status: InstanceStatus = InstanceStatus.UP) -> Lease:
        path = f"instances/{quote(lease.id, safe='')}/lease"
        body = b'{"generation":%d,"status":"%s"}' % (lease.generation, status.value.encode())
        return _lease(await self._send("PUT", path, body=body))

    async def deregister(self, lease: Lease) -> None:
        path = f"instances/{quote(lease.id, safe='')}?generation={lease.generation}"
        try:
            await self._send("DELETE", path)
        except (UnknownInstance, StaleLease):
            return

    async def watch(
        self, index: int = 0, *, wait: float = 0.0, services: frozenset[str] = frozenset()
    ) -> Changes:
        query = [("index", str(index)), ("wait", f"{wait:g}s")]
        query += [("service", each) for each in sorted(services)]
        late = wait * (1 + _JITTER) + _LATE
        answer = await self._send("GET", f"watch?{urlencode(query)}", late=late)
        told = _read(_TOLD, answer)
        return Changes(
            index=told.index,
            reset=told.reset,
            instances=tuple(told.instances),
            removed=tuple(told.removed),
            protected=frozenset(told.protected),
        )

    async def aclose(self) -> None:
        self._transport.close()

    async def _send(
        self, method: str, path: str, *, body: bytes = b"", late: float | None = None
    ) -> Answer:
        deadline = time.monotonic() + (self._settings.timeout if late is None else late)
        token = await self._tokens.aheader()
        answer = await self._once(method, path, body, deadline, token)
        if answer.status == 401 and self._tokens.can_be_renewed:
            token = await self._tokens.arenewed(token)
            answer = await self._once(method, path, body, deadline, token)
        if 200 <= answer.status < 300:
            return answer
        raise _error(answer, self._url)

    async def _once(
        self, method: str, path: str, body: bytes, deadline: float, token: str
    ) -> Answer:
        headers = {"accept": "application/json"}
        if body:
            headers["content-type"] = "application/json"
        if token:
            headers["authorization"] = token
        head = head_of(method, self._url + path)
        return await self._transport.asend(
            Request(head=head, deadline=deadline, headers=headers, body=body)
        )


def _lease(answer: Answer) -> Lease:
    told = _read(_LEASED, answer)
    return Lease(
        id=told.id, generation=told.generation, duration=told.lease, renew_in=told.renew_in
    )


def _read(adapter: TypeAdapter[Any], answer: Answer) -> Any:
    try:
        return adapter.validate_json(answer.body)
    except ValidationError as error:
        raise Unavailable(
            "What answers is no hub, or one of another time: its answer can't be read "
            f"({error.error_count()} faults).",
            code="bad_answer",
        ) from None


def _error(answer: Answer, url: str) -> Exception:
    """From a problem document (RFC 9457); of anything else only the status counts."""
    try:
        said = from_json(answer.body)
    except ValueError:
        said = {}
    if not isinstance(said, dict) or not isinstance(said.get("code"), str):
        said = {"code": "", "detail": f"{url} answered {answer.status}."}
    code, message = said["code"], str(said.get("detail", ""))
    own = _OWN.get(code)
    if own is not None:
        return own(message)
    known = {"type", "title", "status", "code", "detail", "hint", "instance"}
    return _ERRORS.exception(
        ErrorEnvelope(
            code=code,
            message=message,
            status=answer.status,
            hint=str(said.get("hint", "")),
            detail={name: value for name, value in said.items() if name not in known},
        )
    )
