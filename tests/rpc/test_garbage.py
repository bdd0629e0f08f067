"""Whatever is sent, the answer is a result or an error that says the sender is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lane.driver import Answer
from tests.rpc.conftest import CHANNELS, MEDIA_TYPES, Hub, failure, write_arguments

# The fixtures stay the same over the examples: a hub keeps nothing of a call.
eased = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
GOOD = {"node": {"name": "a", "weight": 1.0, "children": [{"name": "b", "children": []}]}}


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def posted(loop: asyncio.Runner, hub: Hub, channel: str, body: bytes) -> Answer:
    return loop.run(hub.post("/rpc/inventory/tree", body, MEDIA_TYPES[channel]))


@pytest.mark.parametrize("channel", CHANNELS)
@eased
@given(body=st.binary(max_size=200))
def test_any_bytes(hub: Hub, loop: asyncio.Runner, channel: str, body: bytes) -> None:
    answer = posted(loop, hub, channel, body)
    assert answer.status == 200 or 400 <= failure(answer).status < 500


@pytest.mark.parametrize("channel", CHANNELS)
@eased
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans())
def test_calls_with_one_byte_changed(
    hub: Hub, loop: asyncio.Runner, channel: str, place: int, byte: int, cut: bool
) -> None:
    body = write_arguments("inventory", "tree", GOOD, channel)
    at = place % len(body)
    changed = body[:at] if cut else body[:at] + bytes([byte]) + body[at + 1 :]
    answer = posted(loop, hub, channel, changed)
    assert answer.status == 200 or 400 <= failure(answer).status < 500


@eased
@given(path=st.text(max_size=40))
def test_any_path(hub: Hub, loop: asyncio.Runner, path: str) -> None:
    answer = loop.run(hub.post(f"/rpc/{path.encode(errors='replace').decode()}", b"{}"))
    assert failure(answer).status in {404, 405}
