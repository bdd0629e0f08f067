"""Answers that come from something between a caller and a hub, and answers that are none."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.client import BadAnswer, Call, ClientSettings
from hub.client.channels.dispatch import (
    DispatchChannel,
    JsonChannel,
    MessagePackChannel,
    ProtobufChannel,
)
from hub.client.channels.exchange import HttpChannel
from hub.client.channels.rest import RestChannel
from hub.client.methods import remote_service
from hub.client.transport.messages import Answer
from hub.sdk import Forbidden, HubError, NotFound, Unauthenticated, Unavailable
from hub.wire.codecs.compression import inflate
from hub.wire.codecs.limits import Limits
from hub.wire.errors import DeadlineExceeded
from tests.client.desk import Desk

CHANNELS = (RestChannel, JsonChannel, MessagePackChannel, ProtobufChannel)
PAGE = b"<html><h1>nginx: secret.internal:9000 is down</h1></html>"


def decoded(
    kind: type[HttpChannel],
    status: int,
    body: bytes = b"",
    *,
    limits: Limits | None = None,
    **headers: str,
) -> Any:
    channel = kind(ClientSettings(answers=limits or Limits()))
    method = remote_service(Desk).methods["note"]
    call = Call(method=method, arguments={}, deadline=time.monotonic() + 5)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return channel.decode(call, Answer(status=status, headers=named, body=body))


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, Unauthenticated),
        (403, Forbidden),
        (404, NotFound),
        (502, Unavailable),
        (503, Unavailable),
        (504, DeadlineExceeded),
        (418, HubError),
        (500, HubError),
    ],
)
def test_errors_of_a_proxy(kind: type[HttpChannel], status: int, expected: type) -> None:
    with pytest.raises(expected) as raised:
        decoded(kind, status, PAGE, content_type="text/html", retry_after="7")
    assert raised.value.status == status
    assert "secret" not in str(raised.value)
    assert f"desk.note was answered {status}" in str(raised.value)
    assert raised.value.headers["Retry-After"] == "7"


@pytest.mark.parametrize("kind", CHANNELS)
def test_redirects_are_not_followed(kind: type[HttpChannel]) -> None:
    with pytest.raises(BadAnswer, match="302 Found; redirects are not followed"):
        decoded(kind, 302, location="https://elsewhere/")


@pytest.mark.parametrize("kind", CHANNELS)
def test_a_page_in_place_of_a_result(kind: type[HttpChannel]) -> None:
    with pytest.raises(BadAnswer) as raised:
        decoded(kind, 200, PAGE, content_type="text/html")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("kind", CHANNELS)
@settings(deadline=None)
@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=200),
    code=st.sampled_from(["", "not_found"]),
    media_type=st.sampled_from(
        [
            *("application/json", "application/msgpack", "application/x-protobuf"),
            *("application/problem+json", "text/html", ""),
        ]
    ),
    encoding=st.sampled_from(["", "gzip", "br"]),
)
def test_whatever_comes_is_a_result_or_an_error_of_the_hub(
    kind: type[HttpChannel], status: int, body: bytes, code: str, media_type: str, encoding: str
) -> None:
    headers = {"content_type": media_type, "content_encoding": encoding}
    if code:
        headers["x_hub_error"] = code
    try:
        decoded(kind, status, body, **headers)
    except HubError:
        return
    assert 200 <= status < 300


LARGE = (
    (Limits(size=10), b"[" + b"1," * 20 + b"1]"),
    (Limits(depth=3), b"[[[[[1]]]]]"),
    (Limits(elements=5), b"[1,1,1,1,1,1,1,1]"),
)


@pytest.mark.parametrize(("limits", "body"), LARGE)
@pytest.mark.parametrize("kind", [RestChannel, JsonChannel])
def test_answers_within_limits(kind: type[HttpChannel], limits: Limits, body: bytes) -> None:
    assert isinstance(decoded(kind, 200, body, content_type="application/json"), list)
    with pytest.raises(BadAnswer, match=r"The answer of desk\.note can't be read"):
        decoded(kind, 200, body, limits=limits, content_type="application/json")


def test_a_large_answer_in_few_bytes() -> None:
    bomb = gzip.compress(b"[" + b" " * 3_000_000 + b"]")
    with pytest.raises(BadAnswer):
        decoded(JsonChannel, 200, bomb, content_type="application/json", content_encoding="gzip")


@pytest.mark.parametrize("kind", CHANNELS[1:])
def test_large_bodies_are_compressed_where_asked_for(kind: type[DispatchChannel]) -> None:
    method = remote_service(Desk).methods["write"]

    def encoded(text: str, above: int | None) -> tuple[dict[str, str], bytes]:
        channel = kind(ClientSettings(compress_above=above))
        call = Call(method=method, arguments={"text": text}, deadline=time.monotonic() + 5)
        request = channel.encode(call, "http://hub/rpc/")
        assert request.head.url == "http://hub/rpc/desk/write"
        return dict(request.headers), request.body

    headers, plain = encoded("x" * 1000, None)
    assert "content-encoding" not in headers
    headers, small = encoded("x" * 1000, 100)
    assert headers["content-encoding"] == "gzip"
    assert len(small) < len(plain)
    assert inflate(small, "gzip") == plain
    assert "content-encoding" not in encoded("x", 100)[0]
