"""Whatever stands in the Authorization header, the answer is a 401, never a crash."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jwt.utils import base64url_encode

from hub.security.callers import caller_of
from hub.security.keys import signing_key
from hub.wire.errors import Unauthenticated
from tests.security.asgi_scopes import http_scope

pytestmark = pytest.mark.django_db(transaction=True)

many = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


def refuse(header: bytes) -> None:
    with pytest.raises(Unauthenticated) as caught:
        asyncio.run(caller_of(http_scope(("authorization", header))))
    assert caught.value.status == 401
    assert caught.value.code in {"invalid_token", "token_expired"}
    assert "WWW-Authenticate" in caught.value.headers


@many
@given(st.binary(max_size=200))
@example(b"\x00" * 10)
def test_any_bytes(header: bytes) -> None:
    refuse(header)


@many
@given(st.binary(max_size=200))
@example(b"hub_00000000_" + b"0" * 63)
@example(b"hub_00000000_" + b"0" * 64 + b"\n")
def test_any_bytes_as_a_bearer_token(text: bytes) -> None:
    refuse(b"Bearer " + text)


@many
@given(header=json_values, payload=json_values, signature=st.binary(max_size=40))
def test_anything_shaped_like_a_jwt(header: object, payload: object, signature: bytes) -> None:
    parts = [json.dumps(header).encode(), json.dumps(payload).encode(), signature]
    refuse(b"Bearer " + b".".join(base64url_encode(part) for part in parts))


@many
@given(more=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64"]), json_values))
def test_any_header_around_the_hubs_own_key(more: dict[str, object]) -> None:
    header = {"alg": "HS256", "kid": signing_key().kid, "typ": "at+jwt", **more}
    parts = [json.dumps(header).encode(), b'{"sub":"root"}', b"signature"]
    refuse(b"Bearer " + b".".join(base64url_encode(part) for part in parts))
