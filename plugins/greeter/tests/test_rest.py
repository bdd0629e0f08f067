"""The tour over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from hub.testing import HubClient, issue_token

pytestmark = pytest.mark.django_db(transaction=True)


def test_say_hello() -> None:
    answer = HubClient().get("/api/greeter/say-hello?name=World")
    assert (answer.status, answer.json()) == (200, "Hello World!")
    assert answer.headers["content-type"] == "application/json"


def test_a_name_is_text_in_any_language() -> None:
    assert HubClient().get("/api/greeter/say-hello?name=%C3%84da").json() == "Hello Äda!"
    assert HubClient().get("/api/greeter/say-hello?name=007").json() == "Hello 007!"


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("", "name", "missing"),
        ("?name=World&colour=red", "colour", "unknown_field"),
        (f"?name={'x' * 101}", "name", "string_too_long"),
    ],
)
def test_wrong_input_names_the_field(query: str, field: str, code: str) -> None:
    answer = HubClient().get(f"/api/greeter/say-hello{query}")
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (field, code)


def test_strangers_are_asked_to_sign_in() -> None:
    for name in ("only-for-root", "who-am-i"):
        answer = HubClient().get(f"/api/greeter/{name}")
        assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_another_method_is_not_allowed() -> None:
    answer = HubClient().post("/api/greeter/say-hello", {"name": "World"})
    assert (answer.status, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_number_stats_by_query_and_by_path() -> None:
    stats = {"value": 42, "even": True, "digits": 2}
    assert HubClient().get("/api/greeter/number-stats?value=42").json() == stats
    assert HubClient().get("/api/greeter/numbers/42").json() == stats
    answer = HubClient().get("/api/greeter/numbers/many")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "value")


def test_a_plain_ninja_route() -> None:
    answer = HubClient().get("/api/greeter/greetings/de?name=Ada")
    assert (answer.status, answer.json()) == (200, {"text": "Hallo Ada!", "language": "de"})
    assert HubClient().get("/api/greeter/greetings/xx").json()["text"] == "Hello World!"


def test_a_token_opens_what_its_scopes_allow() -> None:
    user = get_user_model().objects.create_superuser("ada")
    reader = HubClient(token=issue_token(user, scopes=("read",)))
    who = {"username": "ada", "kind": "token", "scopes": ["read"]}
    assert reader.get("/api/greeter/who-am-i").json() == who
    refused = reader.get("/api/greeter/only-for-root")
    assert (refused.status, refused.json()["missing_scope"]) == (403, "root")
    root = HubClient(token=issue_token(user, scopes=("root",)))
    assert root.get("/api/greeter/only-for-root").json() == "You are root."
    expired = issue_token(user, scopes=("root",), expires_at=timezone.now() - timedelta(seconds=1))
    assert HubClient(token=expired).get("/api/greeter/who-am-i").status == 401
