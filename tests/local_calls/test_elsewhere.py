"""get_service: here if it is implemented here, else in another process that the registry knows."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings
from pydantic import SecretStr

from hub.client.calls import NoInstance
from hub.client.channels.registered import UnknownChannel
from hub.client.registries.local import LocalRegistry
from hub.operations import observers
from hub.operations.observers import OutgoingCall
from hub.operations.pipeline import invoke_sync
from hub.operations.services import remote
from hub.operations.services.call_settings import CallSettings
from hub.sdk import (
    Caller,
    Component,
    Injected,
    NotFound,
    action,
    allow_all,
    channel,
    component,
    get_service,
    implementation,
    interceptor,
    service,
)
from hub.sdk.trail import Trail, running_trail
from hub.wire.errors import Unavailable
from tests.discovery.conftest import registration, until
from tests.local_calls.conftest import calling_as, hub_of

USER = Caller(kind="token", user_id=1, username="ada", scopes=frozenset())


@service(access=allow_all)
class Prices:
    """In another process."""

    def price(self, sku: str, *, currency: str = "EUR") -> int:
        raise NotImplementedError

    async def aprice(self, sku: str) -> int:
        raise NotImplementedError


@service(access=allow_all, forwards_token=True)
class Orders:
    def count(self) -> int:
        raise NotImplementedError


@service(access=allow_all)
class Here:
    def where(self) -> str:
        raise NotImplementedError


@implementation(Here)
class HereInMemory(Here):
    def where(self) -> str:
        return "here"


@component(services=(Here,), version="1.5")
class House(Component):
    pass


@dataclass
class Program:
    """A program that serves calls over dispatch-json, and remembers their headers and bodies."""

    url: str
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    result: Any = 7


@pytest.fixture
def program() -> Iterator[Program]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.headers.append({name.lower(): value for name, value in self.headers.items()})
            made.bodies.append(json.loads(body or b"{}"))
            made.paths.append(self.path)
            answer = json.dumps(made.result).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made = Program(f"http://127.0.0.1:{server.server_port}/rpc")
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def registry(program: Program, monkeypatch: pytest.MonkeyPatch) -> LocalRegistry:
    made = LocalRegistry()
    said = registration(
        services=("prices", "orders", "here"),
        addresses={"dispatch-json": program.url},
        version="2.1",
    )
    asyncio.run(made.register(said))
    monkeypatch.setattr(remote, "_registry", lambda: made)
    return made


@contextmanager
def house(*members: Any) -> Iterator[Any]:
    """A hub with these members, whose connections are closed in the end."""
    with hub_of(*(members or (Here, HereInMemory))) as engine:
        yield engine
        found = remote.remote_services()
        if found is not None:
            found.close()


def configured(monkeypatch: pytest.MonkeyPatch, **members: Any) -> None:
    calls: CallSettings = settings.HUB_CALLS
    monkeypatch.setattr(settings, "HUB_CALLS", replace(calls, **members))


def test_what_is_not_here_is_called_elsewhere(registry: LocalRegistry, program: Program) -> None:
    with house():
        assert get_service(Prices).price("A1", currency="USD") == 7
        assert get_service(Here).where() == "here"
    assert program.bodies == [{"sku": "A1", "currency": "USD"}]
    assert program.paths == ["/rpc/prices/price"]


async def test_async_code_awaits_async_methods(registry: LocalRegistry, program: Program) -> None:
    with house():
        assert await get_service(Prices).aprice("A1") == 7
        with pytest.raises(RuntimeError, match=r"asyncio\.to_thread\(service\.price"):
            get_service(Prices).price("A1")
        assert await asyncio.to_thread(get_service(Prices).price, "A1") == 7


def test_a_named_channel_leads_elsewhere_and_local_stays_here(
    registry: LocalRegistry, program: Program
) -> None:
    program.result = "there"
    with house():
        assert get_service(Here, channel="dispatch-json").where() == "there"
        assert get_service(Here, channel="local").where() == "here"
        with pytest.raises(NotFound):
            get_service(Prices, channel="local")
        with pytest.raises(NoInstance):
            get_service(Here, channel="rest").where()


def test_an_unknown_channel_is_an_error_that_names_the_known_ones(registry: LocalRegistry) -> None:
    with house():
        with pytest.raises(UnknownChannel, match="no channel 'fax'") as caught:
            get_service(Here, channel="fax")
        assert "There are: local, rest, dispatch-json" in caught.value.hint


def test_a_version_counts_here_and_elsewhere(registry: LocalRegistry, program: Program) -> None:
    program.result = "there"
    with house(Here, HereInMemory, House):
        assert get_service(Here, version=">=1,<2").where() == "here"
        assert get_service(Here, version=">=2").where() == "there"
        with pytest.raises(NoInstance):
            get_service(Here, version=">=3").where()
        with pytest.raises(ValueError, match="version specifier"):
            get_service(Here, version="newest")


def test_wrong_wishes_are_told_at_once(registry: LocalRegistry) -> None:
    with house():
        with pytest.raises(ValueError, match="no way to choose"):
            get_service(Prices, choose="best")
        with pytest.raises(ValueError, match="timeout="):
            get_service(Prices, timeout=0)
        with pytest.raises(TypeError, match="no service"):
            get_service(HereInMemory)


def test_without_a_registry_only_what_is_here_can_be_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "_registry", None)
    with house():
        assert get_service(Here).where() == "here"
        with pytest.raises(NotFound, match="not in this hub"):
            get_service(Prices)
        with pytest.raises(Unavailable, match="no registry"):
            get_service(Here, channel="rest")


def test_it_is_injected_by_type(registry: LocalRegistry, program: Program) -> None:
    @action(access=allow_all)
    def total(prices: Injected[Prices]) -> int:
        return prices.price("A1") + 1

    with house(Prices, total) as engine:
        operation = engine.operations.by_name["shop.total"]
        assert invoke_sync(operation, caller=USER, arguments={}, transport="test") == 8


def test_the_deadline_of_the_running_call_goes_along(
    registry: LocalRegistry, program: Program
) -> None:
    with house():
        with calling_as(USER, seconds=1.5):
            get_service(Prices).price("A1")
        get_service(Prices, timeout=0.8).price("A1")
        get_service(Prices).price("A1")
    sent = [int(each["x-request-timeout-ms"]) for each in program.headers]
    assert 0 < sent[0] <= 1500
    assert 0 < sent[1] <= 800
    assert 1500 < sent[2] <= 5000


def test_the_hub_s_own_token_is_sent_and_the_caller_s_only_where_it_is_asked_for(
    registry: LocalRegistry, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(monkeypatch, token=SecretStr("hubs-own"))
    scope = {"type": "http", "headers": [(b"authorization", b"Bearer callers")]}
    with house():
        mark = running_trail.set(Trail(scope))
        try:
            get_service(Prices).price("A1")
            get_service(Orders).count()
        finally:
            running_trail.reset(mark)
        get_service(Orders).count()
    assert [each["authorization"] for each in program.headers] == [
        "Bearer hubs-own",
        "Bearer callers",
        "Bearer hubs-own",
    ]


def test_channels_are_preferred_as_the_setting_says(
    registry: LocalRegistry, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(
        registry.register(
            registration(
                services=("prices",),
                addresses={"dispatch-msgpack": "http://127.0.0.1:9/rpc"}
                | {"dispatch-json": program.url},
            )
        )
    )
    configured(monkeypatch, channels=("dispatch-json", "dispatch-msgpack"))
    with house():
        assert get_service(Prices).price("A1") == 7


def test_plugins_bring_channels_and_interceptors_of_their_own(
    registry: LocalRegistry, program: Program
) -> None:
    @channel("carrier-pigeon")
    class Pigeon:
        """Slow."""

        def __init__(self, settings: Any) -> None:
            self.name = "carrier-pigeon"

        def serves(self, method: Any) -> bool:
            return True

        def call(self, call: Any, address: str) -> Any:
            return {"address": address, "trace": call.headers.get("x-trace")}

        async def acall(self, call: Any, address: str) -> Any:
            return self.call(call, address)

        def close(self) -> None:
            pass

    @interceptor(on="client")
    def traced(call: Any) -> Iterator[None]:
        call.headers["x-trace"] = "t-1"
        yield

    asyncio.run(
        registry.register(
            registration("loft", services=("prices",), addresses={"carrier-pigeon": "loft-3"})
        )
    )
    with house(Here, HereInMemory, Pigeon, traced):
        assert get_service(Prices, channel="carrier-pigeon").price("A1") == {
            "address": "loft-3",
            "trace": "t-1",
        }


def test_each_try_is_told_to_whom_it_concerns(
    registry: LocalRegistry, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[OutgoingCall] = []

    def breaks(call: OutgoingCall) -> None:
        raise RuntimeError("an observer, not the call")

    monkeypatch.setattr(observers, "_of_outgoing", ())
    observers.observe_outgoing(breaks)
    observers.observe_outgoing(told.append)
    with house():
        assert get_service(Prices).price("A1") == 7
    (call,) = told
    assert call[:-1] == ("prices", "one", "dispatch-json", False)
    assert call.seconds > 0


def test_what_calls_came_to_is_reported(registry: LocalRegistry, program: Program) -> None:
    with house():
        for _ in range(3):
            get_service(Prices).price("A1")
        (report,) = remote.report()
        (address,) = report.addresses
        assert (report.service, report.budget.calls) == ("prices", 3)
        assert (address.url, address.calls, address.errors) == (program.url, 3, 0)
        found = remote.remote_services()
        assert found is not None
        until(lambda: found.following().index > 0)
        assert found.following().services == {"prices"}
