"""An answer's head and body are sent in one piece, and nothing waits longer than a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from hub.project.servers.joined_writes import JoinedWrites


class Wire(asyncio.Transport):
    """Notes what it is given to send, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        assert not self.closed
        self.sent.append(bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
async def wire() -> Wire:
    return Wire()


@pytest.fixture
async def joined(wire: Wire) -> JoinedWrites:
    return JoinedWrites(wire, asyncio.get_running_loop())


async def test_two_pieces_are_one(joined: JoinedWrites, wire: Wire) -> None:
    joined.write(b"head")
    joined.write(b"body")
    assert wire.sent == [b"headbody"]


async def test_one_piece_waits_for_a_turn_of_the_loop_only(
    joined: JoinedWrites, wire: Wire
) -> None:
    joined.write(b"head")
    assert wire.sent == []
    await asyncio.sleep(0)
    assert wire.sent == [b"head"]
    joined.write(b"first")
    joined.write(b"second")
    joined.write(b"third")
    await asyncio.sleep(0)
    assert wire.sent == [b"head", b"firstsecond", b"third"]


async def test_an_empty_body_sends_the_head(joined: JoinedWrites, wire: Wire) -> None:
    joined.write(b"head")
    joined.write(b"")
    assert wire.sent == [b"head"]
    joined.write(b"")
    assert wire.sent == [b"head"]


async def test_closing_sends_first(joined: JoinedWrites, wire: Wire) -> None:
    joined.write(b"head")
    joined.close()
    await asyncio.sleep(0)
    assert (wire.sent, wire.closed) == ([b"head"], True)


async def test_what_changes_later_was_sent_as_it_was(joined: JoinedWrites, wire: Wire) -> None:
    piece = bytearray(b"head")
    joined.write(piece)
    piece[:] = b"none"
    joined.write(b"body")
    assert wire.sent == [b"headbody"]
