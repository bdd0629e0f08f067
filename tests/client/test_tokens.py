"""Credentials: given once or by a function, renewed when refused, forwarded where asked for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.client.channels.faults import raised
from hub.client.interceptors import Interceptors
from hub.client.invoking import Invoking
from hub.client.methods import remote_service
from hub.client.proxies import proxy
from hub.client.tokens import Tokens, bearer
from hub.client.transport.messages import Answer
from hub.sdk import Unauthenticated, service
from hub.sdk.trail import Trail, running_trail
from hub.wire.codecs.limits import STANDARD
from tests.client.desk import Desk, Made, desk


@settings(deadline=None)
@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1))
def test_bearer_stands_there_once(token: str) -> None:
    once = bearer(token)
    assert once == f"Bearer {token}"
    assert bearer(once) == once
    assert bearer(f"bearer   {token}  ") == once


def test_no_token_no_header() -> None:
    made = Made()
    desk(made).note("x")
    desk(made, token="").note("x")
    assert all("authorization" not in headers for _, headers in made.calls)


def refusal() -> Exception:
    """As a hub's edge refuses a token that it does not know."""
    headers = {
        "www-authenticate": 'Bearer realm="hub", error="invalid_token"',
        "x-hub-error": "invalid_token",
        "content-type": "application/json",
    }
    body = b'{"code":"invalid_token","message":"No.","status":401}'
    method = remote_service(Desk).methods["note"]
    return raised(method, Answer(status=401, headers=headers, body=body), STANDARD)


class Counted:
    """Gives t1, t2, … ."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return f"t{self.count}"

    async def later(self) -> str:
        await asyncio.sleep(0)
        return self()


def sent(made: Made) -> list[str]:
    return [headers.get("authorization", "") for _, headers in made.calls]


@pytest.mark.parametrize("name", ["__call__", "later"])
@pytest.mark.parametrize("manner", ["plain", "async"])
def test_a_refused_token_is_renewed_once(name: str, manner: str) -> None:
    def call(remote: Desk) -> Any:
        return remote.note("x") if manner == "plain" else asyncio.run(remote.write("x"))

    provider = Counted()
    made = Made("first", refusal(), "second", "third", refusal(), refusal())
    remote = desk(made, token=getattr(provider, name))
    assert [call(remote) for _ in range(3)] == ["first", "second", "third"]
    assert sent(made) == ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]
    with pytest.raises(Unauthenticated):
        call(remote)
    assert provider.count == 3


def test_a_fixed_token_is_not_tried_twice() -> None:
    made = Made(refusal())
    with pytest.raises(Unauthenticated):
        desk(made, token="t").note("x")
    assert len(made.calls) == 1


def test_what_an_operation_raises_does_not_repeat_it() -> None:
    """It may have done half of its work, or hand on the refusal of a call of its own."""
    provider = Counted()
    made = Made(Unauthenticated("The bank wants to know who you are.", code="invalid_token"))
    with pytest.raises(Unauthenticated):
        desk(made, token=provider).note("x")
    assert (len(made.calls), provider.count) == (1, 1)


def test_many_threads_ask_the_provider_once() -> None:
    provider = Counted()
    tokens = Tokens(provider)
    assert tokens.header() == "Bearer t1"
    threads = [threading.Thread(target=tokens.renewed, args=("Bearer t1",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (provider.count, tokens.header()) == (2, "Bearer t2")


@service(forwards_token=True)
class Diary:
    def read(self) -> str: ...


@contextmanager
def request(authorization: bytes) -> Iterator[None]:
    trail = Trail({"type": "http", "headers": [(b"authorization", authorization)]})
    held = running_trail.set(trail)
    try:
        yield
    finally:
        running_trail.reset(held)


def test_the_callers_token_is_forwarded_only_where_asked_for() -> None:
    made = Made()
    invoking = Invoking(calling=made, tokens=Tokens("own"), interceptors=Interceptors())
    diary, plain = proxy(Diary, invoking), proxy(Desk, invoking)
    with request(b"Bearer theirs"):
        diary.read()
        plain.note("x")
    with request(b"Basic dTpw"):
        diary.read()
    diary.read()
    assert sent(made) == ["Bearer theirs", "Bearer own", "Bearer own", "Bearer own"]


def test_a_forwarded_token_is_not_replaced_by_the_programs_own() -> None:
    made = Made(refusal())
    diary = proxy(Diary, Invoking(calling=made, tokens=Tokens(Counted())))
    with request(b"Bearer theirs"), pytest.raises(Unauthenticated):
        diary.read()
    assert sent(made) == ["Bearer theirs"]
