"""Every error behind the lean handler is a problem document that says nothing internal."""

from __future__ import annotations

import logging

import pytest
from django.core.signals import got_request_exception

from hub.web.lane.envelope import Envelope
from tests.lane.driver import Answer, Request
from tests.lane.urls import SECRET


def assert_problem(answer: Answer, status: int, code: str) -> None:
    assert answer.header("content-type") == "application/problem+json"
    assert (answer.status, answer.json()["status"], answer.json()["code"]) == (status, status, code)
    assert answer.finished
    assert SECRET.encode() not in answer.body
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize("view", ["raises", "raises-sync"])
@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("hub", 409, "conflict"),
        ("404", 404, "not_found"),
        ("denied", 403, "forbidden"),
        ("suspicious", 400, "bad_request"),
        ("bad", 400, "bad_request"),
        ("value", 500, "internal_error"),
        ("stop", 500, "internal_error"),
    ],
)
async def test_exceptions_of_views(
    lane: Envelope, view: str, what: str, status: int, code: str
) -> None:
    assert_problem(await Request(f"/api/{view}/{what}").to(lane), status, code)


async def test_an_exit_in_a_sync_view_does_not_end_the_server(lane: Envelope) -> None:
    assert_problem(await Request("/api/raises-sync/exit").to(lane), 500, "internal_error")


async def test_headers_of_the_error_are_sent(lane: Envelope) -> None:
    assert (await Request("/api/raises/hub").to(lane)).header("retry-after") == "1"


async def test_the_log_has_traceback_and_request_id(
    lane: Envelope, caplog: pytest.LogCaptureFixture
) -> None:
    request = Request("/api/raises/value", headers=[(b"x-request-id", b"abc-1")])
    with caplog.at_level(logging.ERROR, logger="hub.web"):
        await request.to(lane)
    (record,) = caplog.records
    assert "abc-1" in record.getMessage()
    assert record.exc_info
    assert SECRET in str(record.exc_info[1])


async def test_tools_that_listen_for_exceptions_hear_of_them(lane: Envelope) -> None:
    heard = []

    def listen(sender: object, request: object, **_: object) -> None:
        heard.append(request)

    got_request_exception.connect(listen)
    try:
        await Request("/api/raises/value").to(lane)
        await Request("/api/raises/404").to(lane)
    finally:
        got_request_exception.disconnect(listen)
    assert len(heard) == 1


async def test_nothing_at_the_address(lane: Envelope) -> None:
    assert_problem(await Request("/api/no/such").to(lane), 404, "not_found")


@pytest.mark.parametrize("path", ["/api/only-get", "/api/n/async"])
async def test_wrong_methods_name_the_possible_ones(lane: Envelope, path: str) -> None:
    answer = await Request(path, method="POST").to(lane)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.header("allow") == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/api/nothing", "/api/template"])
async def test_a_view_without_a_response_is_an_internal_error(lane: Envelope, path: str) -> None:
    assert_problem(await Request(path).to(lane), 500, "internal_error")


@pytest.mark.parametrize("query", [b"name=\xff", b"name=%FF"])
async def test_a_query_that_is_no_utf8(lane: Envelope, query: bytes) -> None:
    assert_problem(await Request("/api/n/async", query=query).to(lane), 400, "bad_encoding")


async def test_bytes_that_are_no_utf8_elsewhere_do_no_harm(lane: Envelope) -> None:
    headers = [(b"x-odd", b"\xff\xfe"), (b"cookie", b"a=\xff"), (b"accept-language", b"\xff")]
    assert (await Request("/api/n/async", query=b"name=x", headers=headers).to(lane)).status == 200
    assert_problem(await Request("/api/\ufffd").to(lane), 404, "not_found")


async def test_a_form_that_can_not_be_read(lane: Envelope) -> None:
    headers = [(b"content-type", b"multipart/form-data"), (b"content-length", b"3")]
    request = Request("/api/form", method="POST", headers=headers, parts=[b"abc"])
    assert_problem(await request.to(lane), 400, "invalid_form")


async def test_a_form_with_too_many_fields(lane: Envelope) -> None:
    body = b"&" * 1500
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    request = Request("/api/form", method="POST", headers=headers, parts=[body])
    assert_problem(await request.to(lane), 400, "too_many_fields")


async def test_a_stream_that_breaks_is_broken_off_not_ended(lane: Envelope) -> None:
    request = Request("/api/broken-stream")
    with pytest.raises(ValueError, match="sesame"):
        await request.to(lane)
    assert request.answer.body == b"begun"
    assert not request.answer.finished, "the client would take half an answer for a whole one"
