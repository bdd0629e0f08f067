"""A hub with a shop, and calls of it: ``await call("inventory", "item", {"sku": "A1"})``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from hub.operations import observers, switches
from hub.operations.observers import CallRecord
from hub.operations.services.exposed import exposed_services
from hub.rpc.asgi import Receive, Scope, Send
from hub.rpc.dispatch import DispatchApp, refuse_call
from hub.sdk.callers import ANONYMOUS, Caller
from hub.sdk.trail import running_trail
from hub.web.lane.disconnects import StopOnDisconnect
from hub.web.lane.envelope import Envelope
from hub.wire.codecs.message_pack import pack, unpack
from hub.wire.envelope import ErrorEnvelope
from hub.wire.envelope_codecs import envelope_codec
from hub.wire.protobuf.services import service_file
from tests.lane.driver import Answer, Request
from tests.local_calls.conftest import hub_of
from tests.rpc.shop import plugins

USER = Caller(kind="token", user_id=1, username="ada", scopes=frozenset({"read"}))

MEDIA_TYPES = {
    "dispatch-json": "application/json",
    "dispatch-msgpack": "application/msgpack",
    "dispatch-protobuf": "application/x-protobuf",
}
CHANNELS = tuple(MEDIA_TYPES)


@dataclass
class Hub:
    """The dispatch endpoint, as the server has it, and who calls it."""

    application: Any
    caller: Caller = USER

    async def post(
        self,
        path: str,
        body: bytes = b"",
        media_type: str = "application/json",
        **headers: str,
    ) -> Answer:
        sent = [(b"content-length", b"%d" % len(body))]
        if media_type:
            sent.append((b"content-type", media_type.encode()))
        sent += [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ]
        return await Request(path, method="POST", headers=sent, parts=[body]).to(self._as_caller)

    async def get(self, path: str, method: str = "GET") -> Answer:
        return await Request(path, method=method).to(self._as_caller)

    async def call(
        self,
        service: str,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        channel: str = "dispatch-json",
        **headers: str,
    ) -> Any:
        """The result as a JSON-like value; what fails is raised as :class:`Failed`."""
        answer = await self.answer(service, method, arguments, channel, **headers)
        if answer.status != 200:
            raise Failed(answer, failure(answer))
        return read_result(service, method, answer)

    async def answer(
        self,
        service: str,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        channel: str = "dispatch-json",
        **headers: str,
    ) -> Answer:
        body = write_arguments(service, method, arguments or {}, channel)
        return await self.post(f"/rpc/{service}/{method}", body, MEDIA_TYPES[channel], **headers)

    async def _as_caller(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["test.caller"] = self.caller
        running_trail.set(scope)
        await self.application(scope, receive, send)


class Failed(Exception):
    def __init__(self, answer: Answer, envelope: ErrorEnvelope) -> None:
        super().__init__(f"{envelope.code}: {envelope.message}")
        self.answer = answer
        self.envelope = envelope


def failure(answer: Answer) -> ErrorEnvelope:
    found: ErrorEnvelope = envelope_codec(answer.header("content-type") or "").decode(answer.body)
    assert answer.header("x-hub-error") == found.code
    assert answer.status == found.status
    return found


def write_arguments(service: str, method: str, arguments: Mapping[str, Any], channel: str) -> bytes:
    if channel == "dispatch-json":
        return json.dumps(arguments).encode()
    if channel == "dispatch-msgpack":
        return pack(dict(arguments))
    types = exposed_services().find(service).types()
    return service_file(service, types).methods[method].request.messages.write(dict(arguments))


def read_result(service: str, method: str, answer: Answer) -> Any:
    kind = answer.header("content-type")
    if kind == "application/json":
        return answer.json()
    if kind == "application/msgpack":
        return unpack(answer.body)
    assert kind == "application/x-protobuf"
    types = exposed_services().find(service).types()
    return service_file(service, types).methods[method].response.messages.read(answer.body)


@pytest.fixture(scope="module")
def endpoint() -> Any:
    return Envelope(DispatchApp(StopOnDisconnect), refuse=refuse_call, for_programs=True)


@pytest.fixture
def hub(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    async def caller_of(scope: Mapping[str, Any]) -> Caller:
        found: Caller = scope["test.caller"]
        return found

    for module in ("dispatch", "describing", "aspyx"):
        monkeypatch.setattr(f"hub.rpc.{module}.caller_of", caller_of)
    with hub_of(*plugins()):
        yield Hub(endpoint)


@pytest.fixture
def stranger(hub: Hub) -> Hub:
    hub.caller = ANONYMOUS
    return hub


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> list[CallRecord]:
    found: list[CallRecord] = []
    monkeypatch.setattr(observers, "_observers", (found.append,))
    return found


@pytest.fixture(autouse=True)
def switched_off(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Labels of plugins that are switched off: here a set takes the place of the registry."""
    off: set[str] = set()
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset(off))
    return off


@pytest.fixture(autouse=True)
def _no_database(no_stored_settings: None) -> None:
    """These tests need none."""
