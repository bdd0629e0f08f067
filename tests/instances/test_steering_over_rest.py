"""Operators' programs drain, take out, restore, weigh and evict, as the admin does."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from hub.testing.client import HubClient
from tests.instances.test_rest import PATH, body, token_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator() -> HubClient:
    client = HubClient(token=token_of("op", "registry:read", "registry:write", "registry:admin"))
    client.post(PATH, body())
    return client


def steer(client: HubClient, act: str, id: str = "shop-1", **said: Any) -> Any:
    return client.post(f"{PATH}/{id}/{act}", {"reason": "new disk", **said})


def status(client: HubClient) -> str:
    return str(client.get(f"{PATH}/shop-1").json()["status"])


@pytest.mark.parametrize(("act", "then"), [("drain", "DRAINING"), ("take_out", "OUT_OF_SERVICE")])
def test_what_is_taken_out_stays_so_until_it_is_restored(
    operator: HubClient, act: str, then: str
) -> None:
    assert steer(operator, act).json() == {"changed": True}
    assert steer(operator, act).json() == {"changed": False}
    operator.post(PATH, body())  # a restart of its own
    assert status(operator) == then
    assert steer(operator, "restore").json() == {"changed": True}
    assert status(operator) == "UP"


def test_a_weight_is_the_operators_until_it_is_given_back(operator: HubClient) -> None:
    steer(operator, "weigh", weight=7)
    assert operator.get(f"{PATH}/shop-1").json()["weight"] == 7
    steer(operator, "weigh")
    assert operator.get(f"{PATH}/shop-1").json()["weight"] == 100


def test_the_evicted_are_gone(operator: HubClient) -> None:
    assert steer(operator, "evict").status == 200
    assert operator.get(f"{PATH}/shop-1").status == 404
    assert steer(operator, "evict").json()["code"] == "unknown_instance"


def test_the_reason_is_kept_with_who_gave_it(operator: HubClient) -> None:
    steer(operator, "drain")
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.change_message) == ("op", "Drained: new disk")


def test_it_takes_the_scope_a_reason_and_a_known_act(operator: HubClient) -> None:
    other = HubClient(token=token_of("eve", "registry:read", "registry:write"))
    assert steer(other, "drain").status == 403
    assert steer(operator, "drain", reason="").status == 422
    assert steer(operator, "explode").status == 422
    assert status(operator) == "UP"
