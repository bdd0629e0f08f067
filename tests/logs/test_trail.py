"""What records and outgoing calls know of the work they come from."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from hub.operations.pipeline import invoke
from hub.operations.threads import run_in_thread
from hub.sdk import CallContext, action, allow_all, trace_headers
from hub.sdk.callers import ANONYMOUS, Caller
from hub.sdk.trail import (
    Trail,
    carried,
    current_trail,
    note_caller,
    note_plugin,
    record_fields,
    running_trail,
)
from tests.registry.catalogs import engine_of, plugin

ANN = Caller(kind="token", username="ann")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def scope_of(*headers: tuple[bytes, bytes], query: bytes = b"") -> dict[str, Any]:
    return {"type": "http", "path": "/", "query_string": query, "headers": list(headers)}


def test_without_work_nothing_is_known() -> None:
    assert (record_fields(), trace_headers(), carried()) == ({}, {}, {})


def test_a_request_brings_its_id_and_its_trace() -> None:
    headers = ((b"x-request-id", b"abc-1"), (b"traceparent", PARENT.encode()))
    running_trail.set(Trail(scope_of(*headers)))
    fields = record_fields()
    assert (fields["request_id"], fields["trace_id"]) == ("abc-1", PARENT[3:35])
    assert record_fields() == fields, "ids stay the same"
    assert trace_headers() == {
        "traceparent": f"00-{PARENT[3:35]}-{fields['span_id']}-01",
        "X-Request-ID": "abc-1",
    }


@pytest.mark.parametrize("wrong", [b"", b"a b", b"x" * 129, b"a\nb", b"\xff"])
def test_an_id_that_is_not_safe_to_write_is_replaced(wrong: bytes) -> None:
    scope = scope_of((b"x-request-id", wrong))
    made = Trail(scope).request_id
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert scope["request_id"] == made


def test_a_scope_stands_for_its_trail() -> None:
    scope = scope_of((b"x-request-id", b"abc-1"))
    running_trail.set(scope)
    assert record_fields()["request_id"] == "abc-1"
    note_caller(ANN)
    note_plugin("shop")
    assert (record_fields()["caller"], record_fields()["plugin"]) == ("ann", "shop")
    assert current_trail() is current_trail()


def test_the_envelope_and_the_trail_agree_on_the_id() -> None:
    scope = {**scope_of((b"x-request-id", b"from-header")), "request_id": "from-envelope"}
    assert Trail(scope).request_id == "from-envelope"


def test_a_task_goes_on_with_the_trail_of_its_sender() -> None:
    running_trail.set(Trail(scope_of((b"x-request-id", b"abc-1"))))
    note_caller(ANN)
    sent, before = carried(), record_fields()
    running_trail.set(Trail(carried=sent))
    after = record_fields()
    assert (after["request_id"], after["caller"]) == ("abc-1", "ann")
    assert after["trace_id"] == before["trace_id"]
    assert after["span_id"] != before["span_id"]


@action(access=allow_all)
async def inner(context: CallContext) -> dict[str, str]:
    return record_fields()


@action(access=allow_all)
def inner_in_thread() -> dict[str, str]:
    return record_fields()


@action(access=allow_all)
async def burn() -> None:
    raise RuntimeError


@pytest.mark.django_db(transaction=True)
async def test_records_inside_a_call_name_it_and_those_after_it_do_not() -> None:
    engine = engine_of(plugin("kitchen", inner, inner_in_thread, burn))
    running_trail.set(Trail(scope_of()))
    for name in ("kitchen.inner", "kitchen.inner_in_thread"):
        found = await invoke(
            engine.operation(name), caller=ANN, arguments={}, transport="test", request_id="r-1"
        )
        assert (found["operation"], found["plugin"]) == (name, "kitchen")
        assert (found["caller"], found["request_id"]) == ("ann", "r-1")
    with pytest.raises(Exception, match="inside"):
        await invoke(engine.operation("kitchen.burn"), caller=ANN, arguments={}, transport="test")
    assert "operation" not in record_fields()


async def test_requests_beside_each_other_keep_their_own() -> None:
    async def serve(number: int) -> tuple[str, str]:
        running_trail.set(Trail(scope_of((b"x-request-id", b"r-%d" % number))))
        await asyncio.sleep(0)
        note_caller(ANN if number % 2 else ANONYMOUS)
        return (await run_in_thread(record_fields))["request_id"], record_fields()["caller"]

    found = await asyncio.gather(*(serve(number) for number in range(20)))
    assert found == [(f"r-{number}", "ann" if number % 2 else "anonymous") for number in range(20)]


def test_credentials_of_the_request_are_known() -> None:
    scope = scope_of(
        (b"authorization", b"Bearer opaque-token"),
        (b"cookie", b"a=first-cookie; b=second-cookie"),
        (b"x-some-key", b"a-key-of-ours"),
        (b"host", b"example.com"),
        query=b"token=from%20query&name=World",
    )
    assert set(Trail(scope).secrets()) == {
        "opaque-token", "first-cookie", "second-cookie", "a-key-of-ours", "from query",
    }  # fmt: skip
