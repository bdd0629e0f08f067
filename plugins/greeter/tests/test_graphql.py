"""The tour over GraphQL."""

from __future__ import annotations

import pytest

from hub.testing import HubClient

pytestmark = pytest.mark.django_db(transaction=True)


def test_actions_nested_actions_and_graphene_stand_together() -> None:
    query = """{ greeter {
        sayHello(name: "Ada") shout(to: "Ada")
        numberStats(value: 5) { even factorial tooLarge: factorial(limit: 4) } } }"""
    assert HubClient().post("/graphql", {"query": query}).json() == {
        "data": {
            "greeter": {
                "sayHello": "Hello Ada!",
                "shout": "HELLO ADA!",
                "numberStats": {"even": False, "factorial": 120, "tooLarge": None},
            }
        }
    }
