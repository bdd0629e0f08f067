"""``/invoke``: the wire of aspyx-service, byte by byte."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from hub.operations.observers import CallRecord
from hub.sdk import Component, allow_all, component, implementation, method, requires_scope, service
from hub.sdk.callers import ANONYMOUS
from hub.wire.codecs.message_pack import pack, unpack
from tests.local_calls.conftest import hub_of, plugin_of
from tests.rpc.conftest import Hub


@dataclass
class Item:
    n: int
    s: str


@service(name="probe")
class Probe:
    @method(access=allow_all)
    def item(self, item: Item) -> Item:
        raise NotImplementedError

    @method(access=allow_all)
    async def add(self, a: int, b: int = 2) -> int: ...  # type: ignore[empty-body]

    @method(access=allow_all)
    async def boom(self, what: str) -> str: ...  # type: ignore[empty-body]

    @method(access=allow_all)
    async def nothing(self) -> None: ...

    @method(access=requires_scope("secret"))
    async def secret(self) -> int: ...  # type: ignore[empty-body]

    @method(access=allow_all)
    async def data(self, data: bytes) -> bytes: ...  # type: ignore[empty-body]


class Boom(ValueError):
    pass


@implementation(Probe)
class ProbeHere(Probe):
    def item(self, item: Item) -> Item:
        return item

    async def add(self, a: int, b: int = 2) -> int:
        return a + b

    async def boom(self, what: str) -> str:
        raise Boom(what)

    async def nothing(self) -> None:
        return None

    async def secret(self) -> int:
        return 1

    async def data(self, data: bytes) -> bytes:
        return data


@component(name="probe-component", services=(Probe,))
class ProbeComponent(Component):
    pass


@pytest.fixture
def probe(hub: Hub) -> object:
    with hub_of(plugin_of(Probe, ProbeHere, ProbeComponent, label="probes")):
        yield hub


PROTOBUF = "application/x-protobuf"
ITEM = b"\x0a\x05\x08\x07\x12\x01x"


async def invoked(hub: Hub, method: str, *arguments: object) -> dict[str, object]:
    body = json.dumps({"method": method, "args": arguments}).encode()
    answer = await hub.post("/invoke", body)
    assert answer.status == 200
    found: dict[str, object] = answer.json()
    return found


async def test_json(probe: Hub, records: list[CallRecord]) -> None:
    found = await invoked(probe, "probe-component:probe:item", {"n": 7, "s": "x"})
    assert found == {"result": {"n": 7, "s": "x"}, "exception": None}
    assert [record.transport for record in records] == ["dispatch-json"]


async def test_msgpack(probe: Hub) -> None:
    body = pack({"method": "probe-component:probe:data", "args": [b"\0\xff"]})
    answer = await probe.post("/invoke", body, "application/msgpack")
    assert unpack(answer.body) == {"result": b"\0\xff", "exception": None}


async def test_protobuf(probe: Hub) -> None:
    answer = await probe.post("/invoke", ITEM, PROTOBUF, x_rpc_method="probe-component:probe:item")
    assert (answer.status, answer.body) == (200, ITEM)


async def test_arguments_are_positional_and_may_be_left_out(probe: Hub) -> None:
    assert (await invoked(probe, "probe-component:probe:add", 1))["result"] == 3
    assert (await invoked(probe, "probe-component:probe:add", 1, 5))["result"] == 6
    found = await invoked(probe, "probe-component:probe:add", 1, 5, 6)
    assert found["result"] is None and "at most 2" in str(found["exception"])


async def test_no_result(probe: Hub) -> None:
    found = await invoked(probe, "probe-component:probe:nothing")
    assert found == {"result": None, "exception": None}
    answer = await probe.post(
        "/invoke", b"", PROTOBUF, x_rpc_method="probe-component:probe:nothing"
    )
    assert answer.body == b""


async def test_failures_are_texts_with_status_200(probe: Hub) -> None:
    for name, word in {
        "probe-component:probe:boom": "went wrong",
        "probe-component:probe:bom": "no method",
        "probe-component:prob:boom": "no service",
        "other:probe:boom": "no",
        "probe-component:probe:shutdown": "no method",
        "nonsense": "component:service:method",
        "probe-component:probe:secret": "scope",
    }.items():
        arguments = ("x",) if name.endswith("boom") else ()
        found = await invoked(probe, name, *arguments)
        assert found["result"] is None and word in str(found["exception"]), name


async def test_failures_of_protobuf_are_its_field_two(probe: Hub) -> None:
    answer = await probe.post("/invoke", ITEM, PROTOBUF, x_rpc_method="probe-component:x:item")
    assert answer.status == 200
    text = "There is no service 'x'."
    assert answer.body == b"\x12" + bytes([len(text)]) + text.encode()


async def test_a_missing_token_is_a_401_as_its_clients_expect(probe: Hub) -> None:
    probe.caller = ANONYMOUS
    body = json.dumps({"method": "probe-component:probe:secret", "args": []}).encode()
    answer = await probe.post("/invoke", body)
    assert answer.status == 401
    assert (answer.header("www-authenticate") or "").startswith("Bearer")
    assert answer.json()["exception"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"method": 1}', b'{"method":"a:b:c","args":{}}']
)
async def test_what_is_no_call_is_a_failure_too(probe: Hub, body: bytes) -> None:
    answer = await probe.post("/invoke", body)
    assert answer.status == 200 and answer.json()["exception"]
