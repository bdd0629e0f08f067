"""What the envelope puts around every answer, whatever application is inside."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from hub.web.asgi import Receive, Scope, Send, send_json
from hub.web.lane import bodies
from hub.web.lane.envelope import Envelope
from hub.wire.errors import Conflict
from tests.lane.driver import Request


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send_json(send, b'{"size": %d}' % size)


@pytest.fixture
def limited(settings: Any) -> Envelope:
    settings.HUB_MAX_BODY_BYTES = 1024
    return Envelope(echo)


# ── Request id and headers ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("given", [b"abc", b"0a1b-2c.d:e/f+g=@_", b"x" * 128])
async def test_a_safe_request_id_is_taken_over(limited: Envelope, given: bytes) -> None:
    answer = await Request("/api/x", headers=[(b"x-request-id", given)]).to(limited)
    assert answer.header("x-request-id") == given.decode()
    assert answer.scope["request_id"] == given.decode()


@pytest.mark.parametrize("given", [b"", b"x" * 129, b"a b", b"a\nb", b"<script>", b"\xff", b"a\n"])
async def test_an_unsafe_request_id_is_replaced(limited: Envelope, given: bytes) -> None:
    answer = await Request("/api/x", headers=[(b"x-request-id", given)]).to(limited)
    made = answer.header("x-request-id") or ""
    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert answer.scope["request_id"] == made


async def test_security_headers_are_on_every_answer(limited: Envelope) -> None:
    for request in (Request("/api/x"), Request("/api/x", host=b"evil.example")):
        answer = await request.to(limited)
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "same-origin"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert answer.header("x-frame-options") == "DENY"
        assert answer.header("cache-control") == "no-store"
        assert answer.header("strict-transport-security") is None


async def test_headers_of_the_answer_win_over_the_defaults(lane: Envelope) -> None:
    answer = await Request("/api/cookie").to(lane)
    assert answer.header("cache-control") == "max-age=60"
    assert answer.header("x-frame-options") == "SAMEORIGIN"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("set-cookie") == "a=b; Path=/"


async def test_what_one_answer_has_itself_is_not_left_out_of_another(settings: Any) -> None:
    own: list[list[tuple[bytes, bytes]]] = [
        [(b"cache-control", b"public")],
        [],
        [(b"X-Frame-Options", b"SAMEORIGIN")],
        [(b"cache-control", b"private")],
    ]
    left = iter(own)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send_json(send, b"1", headers=next(left))

    envelope = Envelope(application)
    answers = [await Request("/api/x").to(envelope) for _ in own]
    names = ("cache-control", "x-frame-options", "referrer-policy")
    assert [[answer.header(name) for name in names] for answer in answers] == [
        ["public", "DENY", "same-origin"],
        ["no-store", "DENY", "same-origin"],
        ["no-store", "SAMEORIGIN", "same-origin"],
        ["private", "DENY", "same-origin"],
    ]


# ── Hosts ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", [b"localhost", b"localhost:8123", b"127.0.0.1", b"[::1]:80", b""])
async def test_allowed_hosts_pass(limited: Envelope, host: bytes) -> None:
    for _ in range(2):
        assert (await Request("/api/x", host=host).to(limited)).status == 200


@pytest.mark.parametrize(
    "host", [b"evil.example", b"localhost.evil", b"a b", b"\xff", b"[::1", b"@"]
)
async def test_other_hosts_are_refused(limited: Envelope, host: bytes) -> None:
    for _ in range(2):
        answer = await Request("/api/x", host=host).to(limited)
        assert (answer.status, answer.json()["code"]) == (400, "bad_host")


async def test_ten_thousand_hosts_fill_no_memory(limited: Envelope) -> None:
    for number in range(1500):
        await Request("/api/x", host=b"h%d.example" % number).to(limited)
    assert len(limited._hosts._known) <= 1000


# ── Bodies ───────────────────────────────────────────────────────────────────────────────────


def _announced(size: int, *, sent: int | None = None) -> Request:
    parts = [b"x" * 500] * ((size if sent is None else sent) // 500) or [b""]
    headers = [(b"content-length", b"%d" % size)]
    return Request("/api/x", method="POST", headers=headers, parts=parts)


async def test_a_body_up_to_the_limit_passes(limited: Envelope) -> None:
    for headers in ([(b"content-length", b"1024")], [(b"transfer-encoding", b"chunked")], []):
        request = Request("/api/x", method="POST", headers=headers, parts=[b"x" * 1000, b"y" * 24])
        assert (await request.to(limited)).json() == {"size": 1024}


async def test_an_announced_body_over_the_limit_is_refused_and_read_away(limited: Envelope) -> None:
    request = _announced(5000)
    answer = await request.to(limited)
    assert (answer.status, answer.json()["code"], answer.json()["limit"]) == (
        413,
        "payload_too_large",
        1024,
    )
    assert request.received == 5000
    assert answer.header("connection") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_an_unannounced_body_is_counted(limited: Envelope, method: str) -> None:
    request = Request("/api/x", method=method, parts=[b"x" * 500] * 9)
    answer = await request.to(limited)
    assert (answer.status, answer.json()["code"]) == (413, "payload_too_large")
    assert request.received == 4500
    assert answer.header("connection") is None


async def test_the_lean_handler_answers_a_counted_body_just_once(lane: Envelope) -> None:
    answer = await Request("/api/n/echo", method="POST", parts=[b"x" * 900] * 9).to(lane)
    assert (answer.status, answer.json()["code"]) == (413, "payload_too_large")


async def test_a_get_with_a_chunked_body_is_counted_too(limited: Envelope) -> None:
    headers = [(b"transfer-encoding", b"chunked")]
    request = Request("/api/x", headers=headers, parts=[b"x" * 500] * 9)
    assert (await request.to(limited)).status == 413


@pytest.mark.parametrize(
    ("version", "header"), [("2", (b"x", b"y")), ("1.1", (b"transfer-encoding", b"chunked"))]
)
async def test_a_length_that_does_not_end_the_body_is_not_trusted(
    limited: Envelope, version: str, header: tuple[bytes, bytes]
) -> None:
    request = _announced(500, sent=5000)
    request.scope["http_version"] = version
    request.scope["headers"].append(header)
    assert (await request.to(limited)).status == 413


async def test_a_body_too_large_to_read_away_closes_the_connection(
    limited: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "DRAIN_BYTES", 2000)
    request = _announced(500_000)
    answer = await request.to(limited)
    assert (answer.status, answer.header("connection")) == (413, "close")
    assert request.received < 5000


async def test_a_client_that_sends_no_further_is_not_waited_for(
    limited: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "DRAIN_SECONDS", 0.01)
    request = _announced(5000)

    async def silence() -> Any:
        await asyncio.Event().wait()

    request.receive = silence  # type: ignore[method-assign]
    answer = await request.to(limited)
    assert (answer.status, answer.header("connection")) == (413, "close")


async def test_a_client_that_asks_first_is_told_no_before_it_sends(limited: Envelope) -> None:
    request = _announced(5000)
    request.scope["headers"].append((b"expect", b"100-continue"))
    answer = await request.to(limited)
    assert (answer.status, request.received) == (413, 0)
    assert answer.header("connection") == "close"


@pytest.mark.parametrize("length", [b"-1", b"1e9", b"abc", b"9" * 40])
async def test_a_length_that_is_none_is_refused(limited: Envelope, length: bytes) -> None:
    request = Request("/api/x", method="POST", headers=[(b"content-length", length)])
    assert (await request.to(limited)).status == 413


# ── Errors of the application ────────────────────────────────────────────────────────────────


async def test_an_exception_of_the_application_is_a_bare_500(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("internal matters")

    answer = await Request("/api/x", headers=[(b"x-request-id", b"r-1")]).to(Envelope(broken))
    assert (answer.status, answer.json()["code"]) == (500, "internal_error")
    assert b"matters" not in answer.body
    assert "r-1" in caplog.text
    assert "internal matters" in caplog.text


async def test_a_hub_error_of_the_application_is_answered_as_it_says() -> None:
    async def conflict(scope: Scope, receive: Receive, send: Send) -> None:
        raise Conflict("It exists.")

    answer = await Request("/api/x").to(Envelope(conflict))
    assert (answer.status, answer.json()["detail"]) == (409, "It exists.")


async def test_websockets_and_lifespan_pass_untouched() -> None:
    seen = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    scope: Scope = {"type": "lifespan"}
    await Envelope(inside)(scope, Request("/").receive, Request("/").send)
    assert seen == [{"type": "lifespan"}]


# ── https ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def https(settings: Any) -> Envelope:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = False
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_REDIRECT_EXEMPT = [r"^livez$"]
    return Envelope(echo)


async def test_https_carries_hsts(https: Envelope) -> None:
    direct = await Request("/api/x", scheme="https").to(https)
    proxied = await Request("/api/x", headers=[(b"x-forwarded-proto", b"https")]).to(https)
    for answer in (direct, proxied):
        assert (answer.status, answer.header("strict-transport-security")) == (200, "max-age=60")


async def test_a_plain_get_is_sent_to_https(https: Envelope) -> None:
    answer = await Request("/api/x", query=b"a=1").to(https)
    assert (answer.status, answer.header("location")) == (308, "https://localhost/api/x?a=1")
    assert answer.header("strict-transport-security") is None


async def test_credentials_and_bodies_over_http_are_refused_not_redirected(
    https: Envelope,
) -> None:
    requests = [
        Request("/api/x", method="POST"),
        Request("/api/x", headers=[(b"authorization", b"Bearer x")]),
        Request("/api/x", headers=[(b"cookie", b"sessionid=x")]),
        Request("/api/x", method="POST", headers=[(b"x-forwarded-proto", b"http")], scheme="https"),
    ]
    for request in requests:
        answer = await request.to(https)
        assert (answer.status, answer.json()["code"]) == (403, "https_required")


async def test_exempt_paths_answer_over_http(https: Envelope) -> None:
    assert (await Request("/livez").to(https)).status == 200
