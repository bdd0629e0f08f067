"""The greeter's nested action over REST, on the command line and in the OpenAPI document."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from hub.testing import HubClient
from hub.web.openapi.document import document

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/greeter/number-stats/factorial"
FIVE = {"value": 5, "even": False, "digits": 1}


@pytest.mark.parametrize(
    ("body", "result"),
    [({"owner": FIVE}, 120), ({"owner": FIVE, "limit": 4}, None)],
)
def test_over_rest_with_the_owners_value(body: Any, result: int | None) -> None:
    answer = HubClient().post(PATH, body)
    assert (answer.status, answer.json()) == (200, result)


def test_with_what_the_outer_action_answered() -> None:
    owner = HubClient().get("/api/greeter/numbers/6").json()
    assert HubClient().post(PATH, {"owner": owner}).json() == 720


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "owner"),
        ({"owner": 5}, "owner"),
        ({"owner": {**FIVE, "value": "x"}}, "owner.value"),
        ({"owner": {**FIVE, "more": 1}}, "owner.more"),
        ({"owner": FIVE, "limit": 1001}, "limit"),
        ({"owner": FIVE, "more": 1}, "more"),
    ],
)
def test_a_wrong_value_is_named(body: Any, field: str) -> None:
    answer = HubClient().post(PATH, body)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, field)


def test_on_the_command_line() -> None:
    out = StringIO()
    owner = json.dumps(FIVE)
    call_command("run", "greeter.NumberStats.factorial", "--owner", owner, "--limit=9", stdout=out)
    assert out.getvalue() == "120\n"


def test_it_is_described() -> None:
    described = document()
    operation = described["paths"][PATH]["post"]
    assert "nested action" in operation["summary"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    arguments = described["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    assert arguments["required"] == ["owner"]
    assert list(arguments["properties"]) == ["owner", "limit"]
