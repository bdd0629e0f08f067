"""Secrets don't come through, whatever they stand in; other words do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.wire import redaction
from hub.wire.redaction import REDACTED, is_secret_name, protect, redact, redact_text

HUB_TOKEN = "hub_0123abcd_" + "5e" * 32
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"


@pytest.fixture
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(redaction, "_own", None)
    monkeypatch.setattr(redaction, "_protected", frozenset())
    yield


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2", "hunter2"),
        ("password: hunter2, user: ann", "hunter2"),
        ("login(user='ann', password='hunter 2')", "hunter 2"),
        ('{"user": "ann", "db_password": "hunter2"}', "hunter2"),
        (r'"{\"password\": \"hunter2\"}"', "hunter2"),
        (r"'it\'s {\'api_key\': \'hunter2\'}'", "hunter2"),
        ("[('x-api-key', 'hunter2')]", "hunter2"),
        ("[(b'authorization', b'Basic aHVudGVyMg==')]", "aHVudGVyMg"),
        ("Authorization: Bearer hunter2", "hunter2"),
        ("Cookie: a=1; sessionid=hunter2", "hunter2"),
        ("Set-Cookie: csrftoken=hunter2; Path=/", "hunter2"),
        ("GET /x?a=1&token=hunter2&b=2", "hunter2"),
        ("GET /x?code=hunter2", "hunter2"),
        ("next=%2Fx%3Ftoken%3Dhunter2", "hunter2"),
        ("postgres://hub:hunter2@db/hub", "hunter2"),
        ("redis://:hunter2@cache:6379/0", "hunter2"),
        ("the scheme is bearer hunter2hunter2", "hunter2"),
        (f"no such token: {HUB_TOKEN}", HUB_TOKEN[13:]),
        (f"found {JWT} there", JWT),
        ("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", "hunter2"),
        ("-----BEGIN RSA PRIVATE KEY-----\nhunter2", "hunter2"),
        ("password [type=too_short, input_value='hunter2', input_type=str]", "hunter2"),
        ("key AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ],
)
def test_a_secret_in_a_text_is_taken_out(text: str, secret: str) -> None:
    told = redact_text(text)
    assert secret not in told
    assert REDACTED in told


@pytest.mark.parametrize(
    "text",
    [
        "The token has expired.",
        '{"code": "invalid_token", "status": 401}',
        "Bearer authentication is needed",
        "GET /api/greeter/say-hello?name=World",
        "http://127.0.0.1:8000/admin/",
        "plugins.flags is running, 3 tokens made",
        "2026-11-22T04:39:06.142188Z",
        "token_type=Bearer, password_changed_at=2026",
        "",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert redact_text(text) == text


def test_the_start_of_an_api_token_stays_since_the_admin_shows_it() -> None:
    assert redact_text(f"by {HUB_TOKEN}") == f"by hub_0123abcd_{REDACTED}"


@pytest.mark.parametrize("name", ["password", "DB_PASSWORD", "X-Api-Key", "Set-Cookie", "jwt"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["name", "token_type", "cookie_name", "passes", "max_tokens"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


def test_nested_values_are_copied_without_secrets() -> None:
    value = {
        "user": "ann",
        "credentials": {"password": "hunter2"},
        "headers": [(b"authorization", b"hunter2"), ["cookie", "hunter2"], (b"host", b"x")],
        "more": ({"token": "hunter2", "secret": None, "deep": [{"api_key": 12345}]},),
        "body": b'{"password": "hunter2"}',
        1: {2, 3},
    }
    told = redact(value)
    assert "hunter2" not in repr(told)
    assert "12345" not in repr(told)
    assert (told["user"], told["more"][0]["secret"], told["1"]) == ("ann", None, [2, 3])
    assert told["headers"][2] == ["host", "x"]
    assert value["credentials"] == {"password": "hunter2"}


def test_two_reasons_leave_one_mark() -> None:
    assert redact_text(f"token={HUB_TOKEN}, next") == f"token={REDACTED}, next"


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_whatever_is_given_something_can_be_written() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    json.dumps(redact([endless, Unshowable(), object(), float("nan"), "x" * 100_000]))


SECRETS = st.text(min_size=6, max_size=40).filter(lambda text: "redacted" not in text)


@pytest.mark.usefixtures("_own_secrets")
@given(secret=SECRETS, before=st.text(max_size=20), after=st.text(max_size=20))
@example(secret="p@ss/wo:rd", before="", after="")
@example(secret='it\'s "quoted"\n\\', before="\\", after="'")
def test_the_process_own_secrets_go_by_value_in_any_quoting(
    secret: str, before: str, after: str
) -> None:
    redaction._protected = frozenset()
    protect([secret])
    shown = (secret, repr(secret), json.dumps(secret), _quoted(secret))
    for text in shown:
        written = text if text is secret else text.strip("'\"")
        assert written not in redact_text(f"{before}{text}{after}") or written in REDACTED


def _quoted(text: str) -> str:
    return quote(text.encode(errors="replace"), safe="")


@pytest.mark.usefixtures("_own_secrets")
def test_short_values_are_not_protected_by_value() -> None:
    protect(["hub"])
    assert redact_text("hub.web failed") == "hub.web failed"


@given(st.recursive(st.none() | st.integers() | st.text() | st.binary(), st.lists))
def test_redaction_never_fails(value: Any) -> None:
    redact({"value": value, "password": value})


@given(st.text())
def test_what_is_redacted_stays_so(text: str) -> None:
    once = redact_text(f"password={text} token: {text}")
    assert redact_text(once) == once


@pytest.mark.parametrize("piece", ["password", "a", "token ", "cookie:", "'", "\\", "://", "eyJ"])
def test_long_texts_are_cut(piece: str) -> None:
    assert len(redact_text(piece * 200_000)) < 300_000
