"""Interceptors of the server: around remote calls, once the caller is let in."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from hub.loader.catalog import Contribution
from hub.operations.caching import tag_of
from hub.operations.pipeline import answer, invoke
from hub.operations.streams import stream
from hub.sdk import (
    Forbidden,
    RemoteCall,
    action,
    allow_all,
    etag,
    get,
    implementation,
    interceptor,
    method,
    requires_scope,
    service,
    ttl,
)
from hub.sdk.interceptors import interceptor_of
from tests.local_calls.conftest import hub_of, plugin_of
from tests.rpc.conftest import USER, Failed, Hub

SEEN: list[Any] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    SEEN.clear()


class SoldOut(Exception):
    pass


@action(get(), access=allow_all, raises=(SoldOut,))
async def price(sku: str, times: int = 1) -> str:
    if sku == "gone":
        raise SoldOut(sku)
    return f"{sku} x {times}"


@action(access=requires_scope("admin"))
def locked() -> int:
    return 1


@action(get(), access=allow_all, cache=ttl(60) & etag())
async def kept(number: int) -> int:
    SEEN.append("run")
    return number


@action(access=allow_all)
async def count(to: int) -> AsyncIterator[int]:
    for number in range(to):
        yield number


def shop(*interceptors: Any, label: str = "prices") -> Any:
    plugin = plugin_of(price, locked, kept, count, label=label)
    declared = tuple(
        Contribution("interceptor", f"{label}.{each.__name__}", label, interceptor_of(each))
        for each in interceptors
    )
    return hub_of(replace(plugin, contributions=(*plugin.contributions, *declared)))


@interceptor(on="server")
def noting(call: RemoteCall) -> Iterator[None]:
    SEEN.append(("before", call.operation, call.service, dict(call.arguments), call.transport))
    SEEN.append(call.headers.get("x-request-id"))
    SEEN.append(threading.current_thread() is threading.main_thread())
    try:
        yield
    except Exception as error:
        SEEN.append(repr(error))
        raise
    SEEN.append(("after", call.result, call.caller.username))


@interceptor(on="server")
async def shouting(call: RemoteCall) -> AsyncIterator[None]:
    call.arguments["times"] = 7
    yield
    call.result = call.result.upper()


async def test_a_plain_one_sees_call_headers_and_result_in_a_thread(hub: Hub) -> None:
    with shop(noting):
        found = await hub.call("prices", "price", {"sku": "a"}, x_request_id="r-9")
    assert found == "a x 1"
    before = ("before", "prices.price", "prices", {"sku": "a"}, "dispatch-json")
    assert [before, "r-9", False, ("after", "a x 1", "ada")] == SEEN


async def test_an_async_one_changes_arguments_and_result(hub: Hub) -> None:
    with shop(shouting):
        assert await hub.call("prices", "price", {"sku": "a"}) == "A X 7"


async def test_they_nest_in_the_order_of_their_declaration(hub: Hub) -> None:
    with shop(shouting, noting):
        assert await hub.call("prices", "price", {"sku": "a"}) == "A X 7"
    assert SEEN[-1] == ("after", "a x 7", "ada")


async def test_exceptions_are_thrown_in_as_they_were(hub: Hub) -> None:
    with shop(noting), pytest.raises(Failed, match="sold_out"):
        await hub.call("prices", "price", {"sku": "gone"})
    assert SEEN[-1] == "SoldOut('gone')"


async def test_one_that_catches_answers_with_its_result(hub: Hub) -> None:
    @interceptor(on="server")
    def mending(call: RemoteCall) -> Iterator[None]:
        try:
            yield
        except SoldOut:
            call.result = "none left"

    with shop(mending):
        assert await hub.call("prices", "price", {"sku": "gone"}) == "none left"


async def test_one_that_raises_refuses_the_call(hub: Hub) -> None:
    @interceptor(on="server")
    def refusing(call: RemoteCall) -> Iterator[None]:
        raise Forbidden("Not on Sundays.", code="closed")
        yield

    with shop(refusing), pytest.raises(Failed, match="Not on Sundays"):
        await hub.call("prices", "price", {"sku": "a"})


async def test_who_is_not_let_in_is_not_seen(hub: Hub) -> None:
    with shop(noting):
        with pytest.raises(Failed, match="forbidden"):
            await hub.call("prices", "locked")
        with pytest.raises(Failed, match="invalid_input"):
            await hub.call("prices", "price")
    assert SEEN == []


async def test_one_for_a_service_leaves_others_alone(hub: Hub) -> None:
    @interceptor(on="server", services=("elsewhere",))
    def other(call: RemoteCall) -> Iterator[None]:
        SEEN.append("other")
        yield

    with shop(other):
        assert await hub.call("prices", "price", {"sku": "a"}) == "a x 1"
    assert SEEN == []


async def test_answers_over_rest_are_intercepted_and_local_calls_are_not(hub: Hub) -> None:
    with shop(shouting) as engine:
        operation = engine.operation("prices.price")
        call = {"caller": USER, "arguments": b'{"sku": "a"}'}
        found = await answer(operation, transport="rest", **call)
        assert found.json == b'"A X 7"'
        assert await invoke(operation, transport="local", **call) == "a x 1"
        assert await invoke(operation, transport="schedule", **call) == "a x 1"


async def test_kept_answers_are_seen_and_changed_anew(hub: Hub) -> None:
    @interceptor(on="server")
    def doubling(call: RemoteCall) -> Iterator[None]:
        yield
        call.result *= 2

    with shop(doubling) as engine:
        operation = engine.operation("prices.kept")
        for _ in range(2):
            found = await answer(
                operation, transport="rest", caller=USER, arguments=b'{"number": 771}'
            )
            assert (found.json, found.etag) == (b"1542", tag_of(b"1542"))
    assert SEEN == ["run"]


async def test_streams_are_framed_as_a_whole(hub: Hub) -> None:
    @interceptor(on="server")
    def framing(call: RemoteCall) -> Iterator[None]:
        SEEN.append("begin")
        call.arguments["to"] += 1
        try:
            yield
        finally:
            SEEN.append("end")

    with shop(framing) as engine:
        operation = engine.operation("prices.count")
        results = stream(operation, caller=USER, arguments={"to": 2}, transport="stream")
        assert [each async for each in results] == [0, 1, 2]
        assert SEEN == ["begin", "end"]
        results = stream(operation, caller=USER, arguments={"to": 2}, transport="stream")
        assert await anext(results) == 0
        await results.aclose()
    assert SEEN == ["begin", "end"] * 2


async def test_a_wrong_result_is_not_sent(hub: Hub) -> None:
    @interceptor(on="server")
    def breaking(call: RemoteCall) -> Iterator[None]:
        yield
        call.result = 5

    with shop(breaking), pytest.raises(Failed, match="internal_error"):
        await hub.call("prices", "price", {"sku": "a"})


async def test_those_of_a_plugin_that_is_off_rest(hub: Hub, switched_off: set[str]) -> None:
    declared = Contribution("interceptor", "audit.noting", "audit", interceptor_of(noting))
    audit = replace(plugin_of(label="audit"), contributions=(declared,))
    with hub_of(plugin_of(price, label="prices"), audit):
        switched_off.add("audit")
        assert await hub.call("prices", "price", {"sku": "a"}) == "a x 1"
    assert SEEN == []


def test_services_py_declares_them() -> None:
    @service(name="guarded")
    class Guarded:
        @method(access=allow_all)
        def look(self) -> int:
            raise NotImplementedError

    @implementation(Guarded)
    class Here(Guarded):
        def look(self) -> int:
            return 1

    @interceptor(on="server", services=(Guarded,))
    def watching(call: RemoteCall) -> Iterator[None]:
        """Watch who looks."""
        yield

    plugin = plugin_of(Guarded, Here, watching)
    (found,) = plugin.contributed("interceptor")
    assert (found.name, found.value.services) == ("shop.watching", frozenset({"guarded"}))
    assert found.detail == "on the server, around guarded: Watch who looks."


def test_what_can_be_no_interceptor_is_refused() -> None:
    def plain(call: RemoteCall) -> None: ...

    async def generator(call: RemoteCall) -> AsyncIterator[None]:
        yield

    with pytest.raises(TypeError, match="yields"):
        interceptor(on="server")(plain)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="plain, not async"):
        interceptor(on="client")(generator)
    with pytest.raises(TypeError, match="'server' or 'client'"):
        interceptor(on="both")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="@service"):
        interceptor(on="server", services=(int,))
