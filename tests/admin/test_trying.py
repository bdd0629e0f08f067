"""Trying an operation from its form, with one's own rights."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hub.operations.engine import Engine
from hub.registry.charts import last_hour
from hub.registry.models import Plugin

pytestmark = pytest.mark.django_db(transaction=True)


def attempt(client: Client, name: str, **values: str) -> Any:
    data = {f"value-{key}": value for key, value in values.items()}
    return client.post(f"/admin/registry/operation/kitchen.{name}/try/", data)


def shown(answer: Any) -> str:
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def test_a_filled_form_runs_and_shows_its_result(kitchen: Engine, root: Client) -> None:
    page = shown(
        attempt(
            root,
            "cook",
            title="Soup",
            portions="2",
            items='[{"sku": "A1", "count": 3}]',
            color='"blue"',
            ready="true",
            day="2026-01-31",
            at="2026-01-31T12:00:00Z",
            price="12.50",
            level="2",
        )
    )
    assert "200 ok" in page
    assert "&quot;price&quot;: &quot;12.50&quot;" in page
    assert "&quot;day&quot;: &quot;2026-01-31&quot;" in page
    assert "hub run kitchen.cook --json" in page
    assert 'value="Soup"' in page


def test_wrong_values_are_explained_at_their_fields(kitchen: Engine, root: Client) -> None:
    answer = attempt(root, "cook", title="Soup", portions="many", items='[{"sku": 1}]')
    outcome = answer.context["outcome"]
    assert (outcome.status, outcome.code) == (422, "invalid_input")
    assert set(outcome.errors) == {"portions", "items"}
    page = shown(answer)
    assert page.count('aria-invalid="true"') == 2
    assert 'value="many"' in page


def test_broken_json_is_explained_without_a_call(kitchen: Engine, root: Client) -> None:
    answer = attempt(root, "cook", title="Soup", portions="1", items="[1, 2")
    assert set(answer.context["outcome"].errors) == {"items"}
    assert "[1, 2" in shown(answer)


def test_a_failure_tells_nothing_of_the_inside(kitchen: Engine, root: Client) -> None:
    page = shown(attempt(root, "burn"))
    assert "500 internal_error" in page
    assert "fire" not in page


def test_rights_are_the_operators_own(kitchen: Engine, root: Client, viewer: Client) -> None:
    assert "root" in shown(attempt(root, "secret"))
    answer = attempt(viewer, "secret")
    assert answer.context["outcome"].status == 403
    assert "kitchen:secret" in shown(answer)


def test_a_switched_off_plugin_does_not_run(kitchen: Engine, root: Client) -> None:
    Plugin.objects.filter(label="kitchen").update(enabled=False)
    assert attempt(root, "burn").context["outcome"].status == 503


def test_trying_counts_as_a_call(kitchen: Engine, root: Client) -> None:
    attempt(root, "cook", title="Soup", portions="1")
    assert last_hour(operation="kitchen.cook")[1].calls == 1


def test_a_link_does_not_run(kitchen: Engine, root: Client) -> None:
    answer = root.get("/admin/registry/operation/kitchen.burn/try/")
    assert (answer.status_code, answer["allow"]) == (405, "POST")


def test_the_token_of_the_form_is_needed(kitchen: Engine, root: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = root.cookies
    assert attempt(strict, "cook", title="Soup", portions="1").status_code == 403


def test_others_may_not_try(kitchen: Engine, nobody: Client) -> None:
    assert attempt(nobody, "cook", title="Soup", portions="1").status_code == 403
    assert attempt(Client(), "cook", title="Soup", portions="1").status_code == 302


def test_an_unknown_operation_leads_back(kitchen: Engine, root: Client) -> None:
    assert attempt(root, "nothing").status_code == 302
