"""Whatever is sent, the answer is the caller's fault or a success, never the hub's failure."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.testing import Answer, HubClient

PATHS = [
    "/api/greeter/say-hello",
    "/api/greeter/numbers/",
    "/api/greeter/greetings/",
    "/api/flags/evaluate",
    "/api/flags/set-enabled",
    "/api/flags/ofrep/v1/evaluate/flags/",
    "/api/auth/token",
    "/api/auth/refresh",
    "/api/registry/plugins",
    "/api/registry/plugins/greeter",
    "/api/registry/operations/",
    "/api/",
]
NAMES = ["name", "value", "key", "environment", "limit", "offset", "ordering", "search", "enabled"]

methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
encoded = st.binary(max_size=12).map(quote_from_bytes)
raw = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="?#"))
tails = st.one_of(st.just(""), encoded, raw)
queries = st.lists(
    st.tuples(st.sampled_from(NAMES) | encoded, st.one_of(encoded, raw)), max_size=3
).map(lambda pairs: "&".join(f"{name}={text}" for name, text in pairs))
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["production", "greeter", "\x00", "a" * 300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = [
    *("key", "environment", "enabled", "context", "default", "username", "password", "scope"),
    *("refresh_token", "notes"),
]
objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)
bodies = st.one_of(st.none(), st.binary(max_size=60), values, objects)
header_texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=40)
headers = st.dictionaries(
    st.sampled_from(
        ["authorization", "cookie", "content-type", "accept", "if-none-match", "x-request-id"]
    ),
    header_texts
    | header_texts.map("Bearer {}".format)
    | header_texts.map("sessionid={}".format)
    | st.just("application/json"),
    max_size=2,
)

examples = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def assert_no_failure(answer: Answer) -> None:
    assert answer.status < 500, answer
    if answer.status >= 400 and answer.headers["content-type"] == "application/problem+json":
        assert answer.body == b"" or answer.json()["code"]


@pytest.fixture
def quick_client(client: HubClient, settings: Any) -> HubClient:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return client


@examples
@given(methods, st.sampled_from(PATHS), tails, queries, bodies)
def test_nobody_can_make_the_hub_fail_with_paths_queries_and_bodies(
    quick_client: HubClient, method: str, path: str, tail: str, query: str, body: Any
) -> None:
    target = f"{path}{tail}?{query}" if query else f"{path}{tail}"
    assert_no_failure(quick_client.request(method, target, body))


@examples
@given(st.sampled_from(PATHS), methods, headers, bodies)
def test_nobody_can_make_the_hub_fail_with_headers(
    quick_client: HubClient, path: str, method: str, sent: dict[str, str], body: Any
) -> None:
    assert_no_failure(quick_client.request(method, path, body, headers=sent))


@examples
@given(
    st.sampled_from(
        [
            ("POST", "/api/flags/evaluate"),
            ("POST", "/api/flags/set-enabled"),
            ("POST", "/api/flags/ofrep/v1/evaluate/flags/a"),
            ("POST", "/api/auth/token"),
            ("PATCH", "/api/registry/plugins/greeter"),
        ]
    ),
    objects,
)
def test_nobody_can_make_the_hub_fail_with_odd_objects(
    quick_client: HubClient, target: tuple[str, str], body: dict[str, Any]
) -> None:
    assert_no_failure(quick_client.request(*target, body))
