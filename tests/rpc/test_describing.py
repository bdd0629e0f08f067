"""What the hub says of its services."""

from __future__ import annotations

import shlex
from typing import Any

from google.protobuf import descriptor_pool, duration_pb2

from hub.client.methods import remote_service
from hub.operations.services.exposed import exposed_services
from hub.rpc.codecs import protobuf_of
from hub.sdk.callers import Caller
from hub.wire.contracts import contract_hash, method_schemas
from hub.wire.protobuf.descriptors import file_descriptor
from hub.wire.protobuf.services import MethodTypes
from tests.rpc.conftest import Hub, failure
from tests.rpc.shop import Inventory


async def test_a_service_is_described(hub: Hub) -> None:
    found: Any = (await hub.get("/rpc/inventory")).json()
    assert found["service"] == "inventory"
    assert found["component"] == "warehouse"
    assert found["qualifiers"] == ["slow"]
    assert "dispatch-protobuf" in found["channels"]
    item = found["methods"]["item"]
    assert item["summary"] == "One item."
    assert (item["access"], item["idempotent"]) == ("everyone", True)
    assert item["raises"] == ["OutOfStock"]
    assert item["arguments"]["required"] == ["sku"]
    assert item["result"]["$ref"].endswith("Node")
    assert found["methods"]["write"]["idempotent"] is False


async def test_a_client_comes_to_the_same_hash_from_the_interface_alone(hub: Hub) -> None:
    methods = remote_service(Inventory).methods
    types = {
        name: MethodTypes(arguments=each.arguments, result=each.result, streams=each.streams)
        for name, each in methods.items()
    }
    told = (await hub.get("/rpc/inventory")).json()["contract"]
    assert told == contract_hash(method_schemas(types))
    assert told == exposed_services().find("inventory").contract()


async def test_the_hash_is_of_types_not_of_words_or_order(hub: Hub) -> None:
    schemas = method_schemas(exposed_services().find("inventory").types())
    backwards = dict(reversed(list(schemas.items())))
    item = {**schemas["item"], "arguments": {**schemas["item"]["arguments"], "title": "Other"}}
    assert contract_hash({**backwards, "item": item}) == contract_hash(schemas)
    assert contract_hash({**schemas, "item": schemas["write"]}) != contract_hash(schemas)


async def test_services_are_listed_for_those_who_may_call_them(hub: Hub) -> None:
    found: Any = (await hub.get("/rpc")).json()
    assert [each["service"] for each in found["services"]] == ["inventory", "greeter"]


async def test_who_may_call_nothing_needs_the_scope(hub: Hub) -> None:
    found = failure(await hub.get("/rpc/plain"))
    assert (found.code, found.detail["missing_scope"]) == ("forbidden", "registry:read")
    hub.caller = Caller(kind="token", username="ops", scopes=frozenset({"registry:read"}))
    assert (await hub.get("/rpc/plain")).status == 200


async def test_strangers_are_asked_for_a_token(stranger: Hub) -> None:
    assert failure(await stranger.get("/rpc/plain")).code == "unauthenticated"


async def test_the_proto_file_compiles(hub: Hub) -> None:
    answer = await hub.get("/rpc/inventory.proto")
    text = answer.body.decode()
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert "rpc item (Inventory_item_Request) returns (Inventory_item_Response);" in text
    file = protobuf_of(exposed_services().find("inventory")).file
    made = file_descriptor(file.shapes, file.lock.numbers())
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(_duration())
    pool.AddSerializedFile(made.SerializeToString())
    request = pool.FindMessageTypeByName("inventory.Inventory_item_Request")
    assert [(field.name, field.number) for field in request.fields] == [("sku", 1), ("left", 2)]
    for message in made.message_type:
        assert f"message {message.name} {{" in text
        for field in message.field:
            assert f"{field.name} = {field.number};" in text


async def test_services_without_protobuf_have_no_messages(hub: Hub) -> None:
    hub.caller = Caller(kind="token", username="ops", scopes=frozenset({"plain"}))
    assert failure(await hub.get("/rpc/plain.proto")).code == "not_exposed"
    assert failure(await hub.get("/rpc/plain.xml")).status == 404


async def test_curl_commands_can_be_copied(hub: Hub) -> None:
    text = (await hub.get("/rpc/inventory.curl")).body.decode()
    assert """curl http://localhost/rpc/inventory/item --json '{"sku": "text"}'\n""" in text
    everything = next(each for each in text.splitlines() if "/inventory/everything " in each)
    body = shlex.split(everything)[3]
    assert (await hub.post("/rpc/inventory/everything", body.encode())).status == 200
    line = next(each for each in text.splitlines() if "/inventory/write " in each)
    assert line.endswith('--header "Authorization: Bearer $HUB_TOKEN"')


async def test_head_has_no_body(hub: Hub) -> None:
    answer = await hub.get("/rpc/inventory", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.header("content-length") or 0) > 100


def _duration() -> bytes:
    found: bytes = duration_pb2.DESCRIPTOR.serialized_pb
    return found
