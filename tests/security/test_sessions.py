"""Callers with Django's session cookie, and its protection against forged requests."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hub.sdk.callers import ANONYMOUS
from hub.security.callers import caller_of
from hub.wire.errors import Forbidden
from tests.security.asgi_scopes import http_scope
from tests.security.threads import in_thread

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "c" * 32


@in_thread
def sign_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def cookies(session: str, *headers: tuple[str, str], **more: Any) -> dict[str, Any]:
    value = f"theme=dark; csrftoken={TOKEN}; sessionid={session}"
    return http_scope(("cookie", value), *headers, **more)


async def test_a_session_makes_its_user_the_caller(ann: User) -> None:
    caller = await caller_of(cookies(await sign_in(ann)))
    assert (caller.kind, caller.username) == ("session", "ann")
    assert caller.scopes == {"flags:evaluate"}


async def test_a_superusers_session_holds_every_scope(root: User) -> None:
    caller = await caller_of(cookies(await sign_in(root)))
    assert caller.has_scope("anything")
    assert caller.is_staff


@pytest.mark.parametrize("session", ["", "x", "unknownunknownunknownunknown1234", "a\x00b", "\xff"])
async def test_a_session_that_is_unknown_is_an_anonymous_caller(session: str, db: None) -> None:
    assert await caller_of(cookies(session)) is ANONYMOUS


async def test_a_user_made_inactive_is_signed_out(ann: User) -> None:
    session = await sign_in(ann)
    ann.is_active = False
    await ann.asave()
    assert await caller_of(cookies(session)) is ANONYMOUS


async def test_a_changed_password_ends_the_session(ann: User) -> None:
    session = await sign_in(ann)
    ann.set_password("another one")
    await ann.asave()
    assert await caller_of(cookies(session)) is ANONYMOUS


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-csrftoken", "d" * 32)],
        [("x-csrftoken", "short")],
        [("x-csrftoken", TOKEN), ("origin", "https://evil.example")],
        [("x-csrftoken", TOKEN), ("origin", "null")],
        [("content-type", "multipart/form-data; boundary=x")],
        [("content-type", "multipart/form-data")],
    ],
)
async def test_unsafe_methods_need_the_csrf_token(
    ann: User, method: str, headers: list[tuple[str, str]]
) -> None:
    with pytest.raises(Forbidden) as caught:
        await caller_of(cookies(await sign_in(ann), *headers, method=method))
    assert caught.value.code == "csrf_failed"


async def test_with_the_csrf_token_unsafe_methods_work(ann: User) -> None:
    session = await sign_in(ann)
    for extra in ([], [("origin", "http://localhost")]):
        scope = cookies(session, ("x-csrftoken", TOKEN), *extra, method="POST")
        assert (await caller_of(scope)).username == "ann"


async def test_https_without_origin_needs_a_referer_of_the_same_host(ann: User) -> None:
    session = await sign_in(ann)
    more = {"method": "POST", "scheme": "https"}
    with pytest.raises(Forbidden):
        await caller_of(cookies(session, ("x-csrftoken", TOKEN), **more))
    referer = ("referer", "https://localhost/admin/")
    caller = await caller_of(cookies(session, ("x-csrftoken", TOKEN), referer, **more))
    assert caller.username == "ann"


async def test_a_websocket_handshake_has_a_caller_too(ann: User) -> None:
    scope = cookies(await sign_in(ann))
    del scope["method"]
    assert (await caller_of({**scope, "type": "websocket"})).username == "ann"


async def test_a_query_that_is_no_utf8_does_no_harm(ann: User) -> None:
    scope = cookies(await sign_in(ann), query_string=b"\xff\xfe")
    assert (await caller_of(scope)).username == "ann"
