"""Flags over GraphQL: as over REST, with the same scope."""

from __future__ import annotations

from typing import Any

import pytest

from hub.testing import HubClient
from plugins.flags.changes import create_flag, set_enabled

pytestmark = pytest.mark.django_db(transaction=True)

FLAGS = (
    '{ flags { flags(key: "new-checkout") { key type variants states { environment enabled } } } }'
)
EVALUATION = """query($context: GenericScalar) { flags {
    evaluation(key: "new-checkout", context: $context) { value variant reason } } }"""


@pytest.fixture
def checkout(transactional_db: None) -> None:
    create_flag("new-checkout")
    set_enabled("new-checkout", "production", True)


def asked(client: HubClient, query: str, **variables: Any) -> Any:
    answer = client.post("/graphql", {"query": query, "variables": variables})
    assert answer.status == 200, answer.body
    return answer.json()


@pytest.mark.usefixtures("checkout")
def test_a_flag_with_its_state_in_each_environment(evaluator: HubClient) -> None:
    (flag,) = asked(evaluator, FLAGS)["data"]["flags"]["flags"]
    assert (flag["key"], flag["type"], flag["variants"]) == (
        "new-checkout",
        "boolean",
        {"on": True, "off": False},
    )
    states = {state["environment"]: state["enabled"] for state in flag["states"]}
    assert states["production"] is True


@pytest.mark.usefixtures("checkout")
def test_an_evaluation_is_the_one_of_rest(evaluator: HubClient) -> None:
    context = {"targetingKey": "user-1"}
    over_rest = evaluator.post("/api/flags/evaluate", {"key": "new-checkout", "context": context})
    told = asked(evaluator, EVALUATION, context=context)["data"]["flags"]["evaluation"]
    assert told == {name: over_rest.json()[name] for name in ("value", "variant", "reason")}


def test_an_unknown_flag_has_its_code(evaluator: HubClient) -> None:
    body = asked(evaluator, EVALUATION)
    assert body["errors"][0]["extensions"]["code"] == "flag_not_found"


@pytest.mark.parametrize("query", [FLAGS, EVALUATION])
def test_the_scope_is_needed(query: str) -> None:
    body = asked(HubClient(), query)
    assert body["errors"][0]["extensions"]["code"] == "unauthenticated"


def test_a_context_is_an_object(evaluator: HubClient) -> None:
    body = asked(evaluator, EVALUATION, context=[1])
    assert body["errors"][0]["extensions"]["code"] == "invalid_input"
