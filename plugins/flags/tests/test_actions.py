"""Flags as actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.sdk import Caller, Forbidden, HubError
from hub.testing import HubClient, call
from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.models import Change

pytestmark = pytest.mark.django_db(transaction=True)

HALVES = [{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}]


@pytest.fixture
def checkout(transactional_db: None) -> None:
    create_flag("new-checkout")
    state = set_enabled("new-checkout", "production", True)
    state.weights = HALVES
    state.save()


@pytest.mark.usefixtures("checkout")
def test_a_flag_is_evaluated_over_rest(evaluator: HubClient) -> None:
    answer = evaluator.post(
        "/api/flags/evaluate", {"key": "new-checkout", "context": {"targetingKey": "u"}}
    )
    assert answer.status == 200, answer.body
    told = answer.json()
    assert (told["reason"], told["variant"]) == ("SPLIT", "on" if told["value"] else "off")


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"key": "nothing"}, 404, "flag_not_found"),
        ({"key": "new-checkout"}, 422, "invalid_input"),
        ({"key": "new-checkout", "context": {"targetingKey": 1}}, 422, "invalid_input"),
        ({"key": "new-checkout", "environment": "x"}, 404, "environment_not_found"),
    ],
)
def test_what_can_not_be_evaluated_is_told(
    arguments: dict[str, Any], status: int, code: str
) -> None:
    with pytest.raises(HubError) as caught:
        call("flags.evaluate", **arguments)
    assert (caught.value.status, caught.value.code) == (status, code)


def test_a_default_stands_in_for_a_flag_that_is_not_there() -> None:
    found = call("flags.evaluate", key="not-made-yet", default="blue")
    assert (found.value, found.variant, found.reason) == ("blue", None, "DEFAULT")


@pytest.mark.usefixtures("checkout")
def test_the_flags_are_listed(evaluator: HubClient) -> None:
    assert evaluator.get("/api/flags/list-flags").json() == [
        {
            "key": "new-checkout",
            "type": "boolean",
            "enabled": True,
            "variants": {"on": True, "off": False},
        }
    ]


@pytest.mark.usefixtures("checkout")
def test_an_operator_switches_a_flag(client_with: Callable[[str], HubClient]) -> None:
    body = {"key": "new-checkout", "environment": "production", "enabled": False}
    answer = client_with("*").post("/api/flags/set-enabled", body)
    assert (answer.status, answer.json()) == (200, body)
    change = Change.objects.first()
    assert change is not None
    assert (change.actor, change.field, change.new) == ("admin", "enabled", False)
    assert call("flags.evaluate", key="new-checkout").reason == "DISABLED"


@pytest.mark.usefixtures("checkout")
def test_switching_needs_the_permission() -> None:
    stranger = Caller(kind="token", username="x", scopes=frozenset("*"), permissions=frozenset())
    with pytest.raises(Forbidden, match=r"flags\.change_flag"):
        call(
            "flags.set_enabled",
            as_caller=stranger,
            key="new-checkout",
            environment="production",
            enabled=False,
        )


def test_there_are_no_flags_at_first() -> None:
    assert call("flags.list_flags") == []
