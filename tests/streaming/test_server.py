"""What the server says to frames, as a program in any language sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from hub.client.calls import NotSent
from hub.client.channels.stream import StreamChannel
from hub.rpc.streaming.app import stream_app
from hub.rpc.streaming.calls import UNDER_WAY
from hub.testing.tokens import issue_token
from hub.wire.frames import CREDITS, FRAME_BYTES
from tests.streaming import rivers
from tests.streaming.serving import call_of, until


@pytest.fixture
async def socket(url: str) -> AsyncIterator[ClientConnection]:
    where = f"{url.replace('http', 'ws')}/rpc/stream"
    async with connect(where, subprotocols=["hub-stream-json"], proxy=None) as opened:
        yield opened


async def say(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(json.dumps(frame))


async def ask(socket: ClientConnection, call_id: int, method: str, **frame: Any) -> None:
    await say(socket, id=call_id, service="river", method=method, **frame)


async def heard(socket: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


async def test_a_call_is_answered(socket: ClientConnection) -> None:
    await ask(socket, 5, "level", arguments={"depth": 3})
    assert await heard(socket) == {"id": 5, "result": 3}
    await ask(socket, 5, "level")  # a default, and an id that is free again
    assert await heard(socket) == {"id": 5, "result": 1}


async def test_results_come_as_they_are_granted(socket: ClientConnection) -> None:
    await ask(socket, 1, "drops", arguments={"count": 5}, credits=2)
    assert [await heard(socket), await heard(socket)] == [
        {"id": 1, "item": 0},
        {"id": 1, "item": 1},
    ]
    await say(socket, ping=9)
    assert await heard(socket) == {"pong": 9}
    assert rivers.made == [0, 1, 2]
    await say(socket, id=1, credits=3)
    assert [await heard(socket) for _ in range(3)] == [
        {"id": 1, "item": number} for number in (2, 3, 4)
    ]
    assert await heard(socket) == {"id": 1, "end": True}  # told without a credit
    assert rivers.ended == ["drops"]


async def test_what_is_cancelled_ends_with_one_frame(socket: ClientConnection) -> None:
    await ask(socket, 1, "drops", arguments={"count": 1000}, credits=1)
    assert await heard(socket) == {"id": 1, "item": 0}
    await say(socket, id=1, cancel=True)
    await say(socket, id=1, cancel=True)  # once more changes nothing
    frame = await heard(socket)
    assert frame["id"] == 1 and frame["error"]["code"] == "cancelled"
    assert rivers.ended == ["drops"]
    await ask(socket, 2, "slow", arguments={"pause": 30})
    await say(socket, id=2, cancel=True)  # as likely as not before it began
    frame = await heard(socket)
    assert frame["id"] == 2 and frame["error"]["code"] == "cancelled"


async def test_an_id_is_used_by_one_call_at_a_time(socket: ClientConnection) -> None:
    await ask(socket, 1, "slow", arguments={"pause": 0.2})
    await ask(socket, 1, "level")
    frame = await heard(socket)
    assert "id" not in frame and frame["error"]["code"] == "id_in_use"
    assert await heard(socket) == {"id": 1, "result": "done"}


@pytest.mark.parametrize(
    ("message", "code", "call_id"),
    [
        ("nonsense", "bad_frame", None),
        ("[]", "bad_frame", None),
        (b"\x81\xa4ping\x01", "bad_frame", None),
        ('{"id": 3}', "bad_frame", 3),
        ('{"id": 3, "zork": 1, "cancel": true}', "bad_frame", 3),
        ('{"id": 3, "service": "nowhere", "method": "x"}', "unknown_service", 3),
        ('{"id": 3, "service": "river", "method": "x"}', "unknown_method", 3),
        ('{"id": 3, "service": "river", "method": "startup"}', "unknown_method", 3),
        ('{"id": 3, "service": "river", "method": "__init__"}', "unknown_method", 3),
        ('{"id": 3, "service": "river", "method": "source"}', "unauthenticated", 3),
        (
            '{"id": 3, "service": "river", "method": "level", "arguments": [1]}',
            "invalid_input",
            3,
        ),
        (
            '{"id": 3, "service": "river", "method": "level", "arguments": {"depth": %s}}'
            % ("[" * 100 + "]" * 100),
            "too_deep",
            3,
        ),
    ],
)
async def test_nonsense_is_answered_and_closes_nothing(
    socket: ClientConnection, message: str | bytes, code: str, call_id: int | None
) -> None:
    await socket.send(message)
    frame = await heard(socket)
    assert (frame["error"]["code"], frame.get("id")) == (code, call_id)
    await ask(socket, 4, "level")
    assert await heard(socket) == {"id": 4, "result": 1}


async def test_a_message_that_is_too_large_closes_the_socket(socket: ClientConnection) -> None:
    await socket.send("x" * (FRAME_BYTES + 1))
    with pytest.raises(ConnectionClosedError) as caught:
        await heard(socket)
    assert caught.value.rcvd is not None and caught.value.rcvd.code == 1009


async def test_no_more_than_so_many_calls_are_under_way(socket: ClientConnection) -> None:
    for number in range(UNDER_WAY):
        await ask(socket, number, "drops", arguments={"count": 2}, credits=1)
    await ask(socket, UNDER_WAY, "level")
    seen = [await heard(socket) for _ in range(UNDER_WAY + 1)]
    (refused,) = (frame for frame in seen if "error" in frame)
    assert refused["id"] == UNDER_WAY and refused["error"]["code"] == "too_many_calls"
    assert refused["error"]["status"] == 429
    await socket.close()
    await until(lambda: len(rivers.ended) == UNDER_WAY)


async def test_a_lost_connection_ends_its_calls(socket: ClientConnection) -> None:
    await ask(socket, 1, "slow", arguments={"pause": 30})
    await ask(socket, 2, "drops", arguments={"count": 1000})
    for _ in range(CREDITS):
        await heard(socket)
    socket.transport.abort()
    await until(lambda: sorted(rivers.ended) == ["drops", "slow"])


async def test_message_pack_is_the_other_form(url: str) -> None:
    where = f"{url.replace('http', 'ws')}/rpc/stream"
    async with connect(where, subprotocols=["hub-stream-msgpack"], proxy=None) as socket:
        assert socket.subprotocol == "hub-stream-msgpack"
        frame = {"id": 1, "service": "river", "method": "level", "arguments": {"depth": 7}}
        await socket.send(msgspec.msgpack.encode(frame))
        answer = await socket.recv()
        assert isinstance(answer, bytes)
        assert msgspec.msgpack.decode(answer) == {"id": 1, "result": 7}


async def test_other_subprotocols_are_refused(url: str) -> None:
    where = f"{url.replace('http', 'ws')}/rpc/stream"
    async with connect(where, subprotocols=["graphql-ws"], proxy=None) as socket:  # type: ignore[list-item]
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
        assert caught.value.rcvd is not None and caught.value.rcvd.code == 4400


async def test_pages_of_other_sites_are_refused(url: str) -> None:
    where = f"{url.replace('http', 'ws')}/rpc/stream"
    async with connect(where, origin="https://evil.example", proxy=None) as socket:  # type: ignore[arg-type]
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
        assert caught.value.rcvd is not None and caught.value.rcvd.code == 4403


async def test_a_leaving_hub_ends_what_is_under_way_and_takes_nothing_new(
    hub: Any, url: str, socket: ClientConnection, channel: StreamChannel
) -> None:
    at = f"{url}/rpc"
    slow = asyncio.create_task(channel.acall(call_of("slow", pause=0.3), at))
    await until(lambda: rivers.made)
    loop = next(each for each in list(stream_app._open) if each.is_running())
    asyncio.run_coroutine_threadsafe(stream_app.go_away(), loop).result(5)
    assert await heard(socket) == {"goaway": True}
    await ask(socket, 1, "level")
    assert (await heard(socket))["error"]["code"] == "going_away"
    settled = stream_app.settled(seconds=5)
    assert await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(settled, loop))
    assert await slow == "done"
    # This server goes on all the same: the next call has a connection of its own.
    assert await channel.acall(call_of("level"), at) == 1
    await channel.aclose()


async def test_what_a_leaving_hub_did_not_begin_was_not_sent(
    url: str, channel: StreamChannel
) -> None:
    at = f"{url}/rpc"
    assert await channel.acall(call_of("level"), at) == 1
    (lines,) = channel._connections._by_loop.values()
    (connection,) = [task.result() for task in lines.values()]
    loop = next(each for each in list(stream_app._open) if each.is_running())
    asyncio.run_coroutine_threadsafe(stream_app.go_away(), loop).result(5)
    connection._leaving = False  # as if the word had not come yet
    with pytest.raises(NotSent, match="not begun"):
        await channel.acall(call_of("level"), at)
    await channel.aclose()


@pytest.mark.django_db(transaction=True)
async def test_a_token_says_who_calls(url: str, channel: StreamChannel) -> None:
    token = await sync_to_async(token_of)("ann")
    call = call_of("source")
    call.headers["authorization"] = f"Bearer {token}"
    assert await channel.acall(call, f"{url}/rpc") == "ann"
    await channel.aclose()
    where = f"{url.replace('http', 'ws')}/rpc/stream"
    offered: Any = ["hub-stream-json", f"hub.token.{token}"]
    async with connect(where, subprotocols=offered, proxy=None) as by_subprotocol:
        assert by_subprotocol.subprotocol == "hub-stream-json"
        await ask(by_subprotocol, 1, "source")
        assert await heard(by_subprotocol) == {"id": 1, "result": "ann"}
    async with connect(where, proxy=None) as by_message:
        await say(by_message, type="authenticate", token=token)
        assert await heard(by_message) == {"type": "authenticated"}
        await ask(by_message, 1, "source")
        assert await heard(by_message) == {"id": 1, "result": "ann"}


def token_of(name: str) -> str:
    return issue_token(get_user_model().objects.create_user(name))
