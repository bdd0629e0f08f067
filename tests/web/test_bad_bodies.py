"""Bodies that can't be read, or hold what they must not: on operations, ninja routes and
resources alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.testing import HubClient
from tests.web.problems import fields_of, problem_of

OPERATION = ("POST", "/api/flags/evaluate")
NINJA = ("POST", "/api/auth/token")
RESOURCE = ("PATCH", "/api/registry/plugins/greeter")

Target = tuple[str, str]

everywhere = pytest.mark.parametrize(
    "target", [OPERATION, NINJA, RESOURCE], ids=["operation", "ninja", "resource"]
)


@everywhere
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"key": }',
        b"nonsense",
        b'{"key": NaN}',
        b'{"key": -Infinity}',
        b'{"key": "\xff"}',
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
    ],
    ids=["cut", "gap", "word", "NaN", "Infinity", "no UTF-8", "deep lists", "deep objects"],
)
def test_what_is_no_json_is_refused(client: HubClient, target: Target, body: bytes) -> None:
    problem_of(client.request(*target, body), 400, "invalid_json")


@everywhere
@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_a_body_must_be_an_object(client: HubClient, target: Target, body: Any) -> None:
    assert "" in fields_of(client.request(*target, json.dumps(body).encode()))


@everywhere
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_must_be_json_by_its_type(
    client: HubClient, target: Target, media_type: str
) -> None:
    answer = client.request(*target, {"notes": "a"}, headers={"content-type": media_type})
    assert media_type in problem_of(answer, 415, "unsupported_media_type")["detail"]


@everywhere
def test_unknown_members_are_named(client: HubClient, target: Target) -> None:
    body = {"key": "a", "username": "a", "password": "b", "notes": "c", "bogus": 1}
    assert fields_of(client.request(*target, body))["bogus"] == "unknown_field"


@everywhere
def test_a_body_beyond_the_limit_is_refused(client: HubClient, target: Target) -> None:
    body = b'{"key": "' + b"a" * 1_100_000 + b'"}'
    problem = problem_of(client.request(*target, body), 413, "payload_too_large")
    assert problem["limit"] == 1_048_576


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"key": "missing"}),
        ({"key": 1}, {"key": "string_type"}),
        ({"key": None}, {"key": "string_type"}),
        ({"key": "a", "context": []}, {"context": "dict_type"}),
        ({"key": 1, "environment": 2}, {"key": "string_type", "environment": "string_type"}),
    ],
)
def test_an_operation_names_each_wrong_value(
    client: HubClient, body: Any, wrong: dict[str, str]
) -> None:
    assert fields_of(client.post("/api/flags/evaluate", body)) == wrong


def test_a_ninja_route_names_each_wrong_value(client: HubClient) -> None:
    answer = client.post("/api/auth/token", {"username": 1})
    assert fields_of(answer) == {"username": "string_type", "password": "missing"}


def test_a_ninja_route_that_needs_a_body_says_so(client: HubClient) -> None:
    answer = client.request("POST", "/api/auth/token")
    assert fields_of(answer) == {"": "missing"}
    assert answer.json()["detail"] == "A JSON body is required."


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"enabled": "perhaps"}, {"enabled": "invalid"}),
        ({"enabled": None}, {"enabled": "null"}),
        ({"version": "9"}, {"version": "read_only"}),
        ({"notes": "a" * 10_001}, {"notes": "max_length"}),
        ({"notes": "a\x00"}, {"notes": "null_characters_not_allowed"}),
    ],
)
def test_a_resource_names_each_wrong_value(
    client: HubClient, body: Any, wrong: dict[str, str]
) -> None:
    assert fields_of(client.patch("/api/registry/plugins/greeter", body)) == wrong


def test_numbers_of_any_size_travel_unharmed(client: HubClient) -> None:
    huge = int("9" * 400)
    answer = client.post("/api/flags/evaluate", {"key": "none", "default": huge})
    assert answer.json()["value"] == huge


def test_of_a_key_given_twice_the_last_one_counts_as_in_every_json_reader(
    client: HubClient,
) -> None:
    answer = client.post("/api/flags/evaluate", b'{"key": "a", "key": "b", "default": 1}')
    assert answer.json()["key"] == "b"


def test_a_nul_character_is_no_failure_of_the_hub(client: HubClient) -> None:
    body = {"key": "a\x00", "environment": "production", "enabled": True}
    answer = client.post("/api/flags/set-enabled", body)
    assert answer.status in {404, 422}  # SQLite looks for it, PostgreSQL refuses it
    assert answer.json()["code"] in {"flag_not_found", "not_storable", "invalid_input"}


def test_a_body_is_no_place_for_parameters_of_the_query(client: HubClient) -> None:
    answer = client.post("/api/flags/evaluate?key=a", {"key": "a"})
    assert fields_of(answer) == {"key": "unknown_field"}
