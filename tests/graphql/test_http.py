"""GraphQL over HTTP: methods, media types, credentials."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hub.security.tokens import issue
from hub.testing import HubClient

pytestmark = pytest.mark.django_db(transaction=True)

HELLO = '{ greeter { sayHello(name: "x") } }'
GREETED = {"data": {"greeter": {"sayHello": "Hello x!"}}}
NEW, OLD = "application/graphql-response+json", "application/json"


def test_a_query_by_post() -> None:
    answer = HubClient().post("/graphql", {"query": HELLO})
    assert (answer.status, answer.json()) == (200, GREETED)
    assert answer.headers["content-type"] == NEW
    assert answer.headers["cache-control"] == "no-store"


def test_a_query_by_get() -> None:
    variables = quote(json.dumps({"n": "x"}))
    query = quote("query Q($n: String!) { greeter { sayHello(name: $n) } }")
    target = f"/graphql?query={query}&variables={variables}&operationName=Q"
    answer = HubClient().get(target)
    assert (answer.status, answer.json()) == (200, GREETED)
    head = HubClient().request("HEAD", target)
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(answer.body)


def test_a_mutation_is_not_for_get() -> None:
    query = quote('mutation { flags { evaluate(key: "a") { value } } }')
    answer = HubClient().get(f"/graphql?query={query}")
    assert (answer.status, _code(answer)) == (405, "mutation_by_get")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "media_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "text/plain", ""],
)
def test_forms_are_refused(media_type: str) -> None:
    body = json.dumps({"query": HELLO}).encode()
    answer = HubClient().post("/graphql", body, content_type=media_type)
    assert (answer.status, _code(answer)) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b"\xff", 400, "invalid_json"),
        (b'{"query": NaN}', 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (json.dumps([{"query": HELLO}] * 2).encode(), 400, "batching_off"),
        (b'"text"', 422, "invalid_input"),
        (b"{}", 422, "invalid_input"),
        (b'{"query": 1}', 422, "invalid_input"),
        (b'{"query": null}', 422, "invalid_input"),
        (b'{"query": "{a}", "variables": []}', 422, "invalid_input"),
        (b'{"query": "{a}", "variables": "{}"}', 422, "invalid_input"),
        (b'{"query": "{a}", "operationName": 1}', 422, "invalid_input"),
        (b'{"query": "{a}", "extensions": 1}', 422, "invalid_input"),
        (b'{"query": "{a}", "more": 1}', 422, "invalid_input"),
        (b'{"query": "{a}"}', 400, "invalid_query"),
        (b'{"query": "{__typename}", "operationName": "A"}', 400, "invalid_variables"),
    ],
)
def test_a_bad_body_is_told(body: bytes, status: int, code: str) -> None:
    answer = HubClient().post("/graphql", body, content_type="application/json")
    assert (answer.status, _code(answer)) == (status, code)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/graphql", 422),
        ("/graphql?query=%7Ba%7D&query=%7Ba%7D", 422),
        ("/graphql?query=%FF", 400),
        ("/graphql?query=%7B__typename%7D&variables=%7B", 400),
        ("/graphql?query=%7B__typename%7D&more=1", 422),
    ],
)
def test_a_bad_query_string_is_told(target: str, status: int) -> None:
    assert HubClient().get(target).status == status


def test_other_methods_are_told_which_there_are() -> None:
    answer = HubClient().put("/graphql", {"query": HELLO})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    options = HubClient().request("OPTIONS", "/graphql")
    assert (options.status, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize(
    ("accept", "media_type", "status"),
    [
        ("", NEW, 400),
        ("*/*", NEW, 400),
        (NEW, NEW, 400),
        (f"{NEW}, {OLD};q=0.9", NEW, 400),
        ("text/plain", NEW, 400),
        (OLD, OLD, 200),
    ],
)
def test_the_older_media_type_answers_200(accept: str, media_type: str, status: int) -> None:
    answer = HubClient().post("/graphql", {"query": "{ nothing }"}, accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (status, media_type)
    assert _code(answer) == "invalid_query"


def test_a_body_that_is_too_large_is_refused(settings: Any) -> None:
    answer = HubClient().post("/graphql", b" " * (settings.HUB_MAX_BODY_BYTES + 1))
    assert answer.status == 413


def test_credentials_count_as_over_rest() -> None:
    user = User.objects.create_superuser("ada", password=None)
    _, root = issue(user, name="root", scopes=["root"])
    query = {"query": "{ greeter { whoAmI { username kind } onlyForRoot } }"}
    assert HubClient(token=root).post("/graphql", query).json() == {
        "data": {
            "greeter": {
                "whoAmI": {"username": "ada", "kind": "token"},
                "onlyForRoot": "You are root.",
            }
        }
    }
    anonymous = HubClient().post("/graphql", query)
    assert anonymous.status == 200
    assert {error["extensions"]["code"] for error in anonymous.json()["errors"]} == {
        "unauthenticated"
    }
    wrong = HubClient(token="hub_wrong").post("/graphql", query)
    assert (wrong.status, _code(wrong)) == (401, "invalid_token")
    assert "www-authenticate" in wrong.headers


def test_a_session_needs_its_csrf_token_to_post() -> None:
    user = User.objects.create_user("ada")
    browser = Client()
    browser.force_login(user)
    session = browser.cookies["sessionid"].value
    csrf = "a" * 32
    cookie = f"sessionid={session}; csrftoken={csrf}"
    query = {"query": "{ greeter { whoAmI { kind } } }"}
    refused = HubClient().post("/graphql", query, cookie=cookie)
    assert (refused.status, _code(refused)) == (403, "csrf_failed")
    answer = HubClient().post("/graphql", query, cookie=cookie, x_csrftoken=csrf)
    assert answer.json() == {"data": {"greeter": {"whoAmI": {"kind": "session"}}}}
    read = HubClient().get("/graphql?query=" + quote(query["query"]), cookie=cookie)
    assert read.json() == answer.json()


def test_browsers_get_a_page_of_local_files() -> None:
    answer = HubClient().get("/graphql", accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "csrftoken=" in answer.headers["set-cookie"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    page = answer.body.decode()
    assert "graphiql.min.js" in page
    assert "http://" not in page
    assert "https://" not in page


def _code(answer: Any) -> str:
    code: str = answer.json()["errors"][0]["extensions"]["code"]
    return code
