"""What of a request is written beforehand, and what of an answer is read when it is asked for."""

from __future__ import annotations

import time

import pytest

from hub.client.transport.heads import Head, head_of
from hub.client.transport.http1 import AnswerReader, request_bytes
from hub.client.transport.messages import Headers, Request
from hub.client.transport.proxies import proxy_of
from hub.wire.errors import BadRequest

OWN = (("accept", "a/b"), ("content-type", "c/d"))


def written(head: Head, headers: dict[str, str] | None = None, **more: object) -> list[str]:
    body = b"hello" if head.method == "POST" else b""
    request = Request(head=head, deadline=time.monotonic(), headers=headers or {}, body=body)
    text = request_bytes(request, **more).decode("latin-1")  # type: ignore[arg-type]
    assert text.endswith("\r\n\r\nhello" if body else "\r\n\r\n")
    return text.partition("\r\n\r\n")[0].split("\r\n")


def test_a_calls_own_headers_take_the_place_of_the_heads() -> None:
    lines = written(head_of("POST", "http://hub/x", OWN), {"accept": "e/f", "x-a": "1"})
    assert lines[:2] == ["POST /x HTTP/1.1", "host: hub"]
    assert sorted(lines[2:]) == ["accept: e/f", "content-length: 5", "content-type: c/d", "x-a: 1"]


def test_a_length_is_told_where_there_may_be_a_body() -> None:
    assert written(head_of("GET", "http://hub/")) == ["GET / HTTP/1.1", "host: hub"]
    empty = Request(head=head_of("POST", "http://hub/"), deadline=0.0)
    assert b"\r\ncontent-length: 0\r\n\r\n" in request_bytes(empty)


def test_a_proxy_is_told_the_whole_address() -> None:
    proxy = proxy_of("http://proxy:3128")
    lines = written(head_of("POST", "http://hub:8000/x?y", OWN), proxy=proxy)
    assert lines[:2] == ["POST http://hub:8000/x?y HTTP/1.1", "host: hub:8000"]
    assert "accept: a/b" in lines
    assert written(head_of("GET", "https://hub/x"), proxy=proxy)[0] == "GET /x HTTP/1.1"


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "\0", "€"])
def test_a_heads_headers_keep_to_their_line(value: str) -> None:
    with pytest.raises(BadRequest) as raised:
        head_of("POST", "http://hub/", (("accept", value),))
    assert raised.value.code == "bad_header"


def test_headers_are_a_mapping_of_texts() -> None:
    headers = Headers({b"x-a": b"1, 2", b"x-b": "ü".encode("latin-1")})
    assert headers == {"x-a": "1, 2", "x-b": "ü"}
    assert (headers["x-b"], headers.get("x-c"), headers.get("x-c", "")) == ("ü", None, "")
    assert "x-a" in headers
    assert "x-c" not in headers
    assert None not in headers
    with pytest.raises(KeyError, match="x-€"):
        headers["x-€"]


def test_one_reader_reads_one_answer_after_the_other() -> None:
    reader = AnswerReader("hub", largest=10)
    for number in range(3):
        told = b"HTTP/1.1 20%d OK\r\nX-N: %d\r\nX-n: b\r\ncontent-length: 2\r\n\r\nok" % (
            number,
            number,
        )
        assert reader.feed(told[:30]) is None
        answer = reader.feed(memoryview(told)[30:])
        assert answer is not None
        assert (answer.status, answer.headers["x-n"], answer.body) == (
            200 + number,
            f"{number}, b",
            b"ok",
        )
        assert reader.reusable
        reader.begin()
        assert not reader.begun
    assert answer.headers["x-n"] == "2, b"  # what was given stays


def test_what_follows_an_answer_does_not_change_it() -> None:
    reader = AnswerReader("hub", largest=10)
    first = b"HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 2\r\n\r\nok"
    answer = reader.feed(
        first + b"HTTP/1.1 500 No\r\nx-a: 2\r\ncontent-length: 20\r\n\r\n" + b"x" * 20
    )
    assert answer is not None
    assert (answer.status, dict(answer.headers), answer.body) == (
        200,
        {"x-a": "1", "content-length": "2"},
        b"ok",
    )
    assert not reader.reusable
