"""Calling a real hub: proxies, calls by name, credentials, deadlines, and what goes along."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from pydantic_core import from_json

from hub.client import Hub, NoInstance, TimedOut, UnknownChannel
from hub.client.methods import remote_service
from hub.sdk import Forbidden, NotFound, Unauthenticated
from hub.sdk.callers import CallContext, Caller
from hub.sdk.trail import Trail, running_call, running_trail
from hub.wire.contracts import contract_hash, method_schemas
from hub.wire.protobuf.services import MethodTypes
from tests.client.conftest import made_token
from tests.processes import HubProcess

pytestmark = pytest.mark.process

CHANNELS = ("rest", "dispatch-json", "dispatch-msgpack", "dispatch-protobuf", "stream")


@pytest.fixture(scope="module")
def hub(depot: HubProcess, token: str) -> Iterator[Hub]:
    with Hub.direct(depot.url, mount="depot", token=token) as made:
        yield made


def test_a_proxy_is_an_object_of_the_interface(hub: Hub, store: type) -> None:
    remote: Any = hub.service(store)
    assert isinstance(remote, store)
    assert repr(remote) == "<remote service store>"
    assert remote.count.__name__ == "count"
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        remote.nothing_of_that_name()


def test_sync_and_async_methods_are_called_as_they_are(hub: Hub, store: type) -> None:
    remote: Any = hub.service(store)
    assert remote.count("x") == 6
    assert asyncio.run(remote.doubled(4)) == 8


def test_by_name(hub: Hub) -> None:
    assert hub.call("depot.greet", name="you", times=2) == {"greeting": "Hello you, Hello you"}
    assert asyncio.run(hub.acall("depot.greet", name="you")) == {"greeting": "Hello you"}
    assert hub.call("store.count", name="x") == 6
    with pytest.raises(NotFound) as raised:
        hub.call("depot.great", name="you")
    assert raised.value.code == "unknown_method"
    with pytest.raises(NotFound):
        hub.call("depot.__init__")


@pytest.mark.parametrize("channel", CHANNELS)
def test_another_implementation_by_its_qualifier(hub: Hub, store: type, channel: str) -> None:
    assert hub.service(store, channel=channel, qualifier="short").named("A1") == "A"
    assert hub.service(store, channel=channel).named("A1") == "A1"
    with pytest.raises(NotFound):
        hub.service(store, channel=channel, qualifier="none").named("A1")


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_token_goes_along_once(
    depot: HubProcess, token: str, store: type, channel: str
) -> None:
    for given in (token, f"Bearer {token}", lambda: f"bearer  {token} "):
        with Hub.direct(depot.url, mount="depot", token=given) as hub:
            heard = hub.service(store, channel=channel).heard()
            assert heard.user == "admin"
            assert heard.transport == channel


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_token_that_may_not(hub: Hub, store: type, channel: str, depot: HubProcess) -> None:
    with pytest.raises(Forbidden) as raised:
        hub.service(store, channel=channel).write()
    assert raised.value.code == "forbidden"
    with (
        Hub.direct(depot.url, mount="depot", token="nonsense") as other,
        pytest.raises(Unauthenticated),
    ):
        other.service(store, channel=channel).write()


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_left_of_the_deadline_goes_along(hub: Hub, store: type, channel: str) -> None:
    assert 0 < hub.service(store, channel=channel, timeout=3).heard().remaining <= 3
    assert 3 < hub.service(store, channel=channel).heard().remaining <= 5


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_call_ends_at_its_deadline(hub: Hub, store: type, channel: str) -> None:
    remote: Any = hub.service(store, channel=channel, timeout=0.3)
    with pytest.raises(Exception) as raised:
        remote.sleep(2.0)
    assert raised.value.code == "deadline_exceeded"


def test_a_call_within_a_call_has_its_deadline(hub: Hub, store: type) -> None:
    call = CallContext(
        caller=Caller(kind="system"),
        operation="a.b",
        transport="rest",
        request_id="",
        deadline=time.monotonic() + 1.5,
    )
    held = running_call.set(call)
    try:
        assert hub.service(store).heard().remaining <= 1.5
    finally:
        running_call.reset(held)


def test_a_deadline_that_passed_already(hub: Hub, store: type) -> None:
    over = CallContext(
        caller=Caller(kind="system"), operation="a.b", transport="", request_id="", deadline=0.0
    )
    held = running_call.set(over)
    try:
        with pytest.raises(TimedOut, match=r"store\.count passed before it was sent"):
            hub.service(store).count("x")
    finally:
        running_call.reset(held)


def test_the_trail_goes_along(hub: Hub, store: type) -> None:
    trail = Trail({"headers": [(b"x-request-id", b"my-request")], "type": "http"})
    held = running_trail.set(trail)
    try:
        assert hub.service(store, channel="dispatch-json").heard().request_id == "my-request"
        assert hub.service(store, channel="rest").heard().request_id == "my-request"
    finally:
        running_trail.reset(held)


def test_renewed_tokens(depot: HubProcess, store: type) -> None:
    good = made_token(depot, "depot:write", "registry:read")
    given: list[str] = []

    def provider() -> str:
        given.append("x")
        return "expired" if len(given) == 1 else good

    async def aprovider() -> str:
        return provider()

    for each in (provider, aprovider):
        given.clear()
        with Hub.direct(depot.url, mount="depot", token=each) as hub:
            remote: Any = hub.service(store)
            assert remote.heard().user == "admin"
            assert remote.heard().user == "admin"
            described = remote_service(store).methods["heard"]
            assert asyncio.run(remote._hub_invoker.acall(described, {})).user == "admin"
        assert len(given) == 2


def test_the_contract_is_the_hubs(hub: Hub, store: type, depot: HubProcess, token: str) -> None:
    asked = Request(f"{depot.url}/rpc/store", headers={"authorization": f"Bearer {token}"})
    with urlopen(asked, timeout=10) as answer:
        told = from_json(answer.read())
    types = {
        name: MethodTypes(arguments=each.arguments, result=each.result, streams=each.streams)
        for name, each in remote_service(store).methods.items()
    }
    assert contract_hash(method_schemas(types)) == told["contract"]


def test_channels_that_cannot(hub: Hub, store: type, depot: HubProcess) -> None:
    with pytest.raises(UnknownChannel) as raised:
        hub.service(store, channel="dispatch-jsn")
    assert "Did you mean 'dispatch-json'?" in raised.value.hint
    with pytest.raises(UnknownChannel):
        Hub.direct(depot.url, channel="carrier-pigeon")
    with pytest.raises(NoInstance):
        hub.service(store, channel="rest").untriggered()
    assert hub.service(store).untriggered() == "here"


def test_what_is_no_service_is_refused_at_once(hub: Hub) -> None:
    with pytest.raises(TypeError, match="str is no service"):
        hub.service(str)
    with pytest.raises(TypeError, match="without a registry"):
        hub.join(None)  # type: ignore[arg-type]
