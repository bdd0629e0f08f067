"""Operators' programs see which addresses processes leave out, and have them called again."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from hub.client.resilience.budget import BudgetReport
from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.registry.instances.outgoing import tell
from hub.registry.instances.outgoing_rows import CircuitReset
from hub.testing.client import HubClient
from tests.instances.test_rest import PATH, body, token_of

pytestmark = pytest.mark.django_db(transaction=True)

CIRCUITS = "/api/registry/circuits"
RESET = f"{CIRCUITS}/reset"
FIRST, SECOND, THIRD = (f"http://10.0.0.{number}/rpc" for number in (1, 2, 3))


@pytest.fixture
def operator() -> HubClient:
    """Of two processes the second leaves the address FIRST out; SECOND and `orders` are well."""
    tell("one", [called("inventory", {FIRST: "closed", SECOND: "closed"})])
    tell("two", [called("inventory", {FIRST: "open"}), called("orders", {SECOND: "closed"})])
    return HubClient(token=token_of("op", "registry:read", "registry:write", "registry:admin"))


def called(service: str, states: dict[str, str]) -> ServiceReport:
    addresses = tuple(
        AddressReport(
            instance="shop-1",
            url=url,
            state=state,
            outstanding=0,
            calls=9,
            errors=5,
            failures=5,
            ejections=1,
            ejected_for=30.0 if state == "open" else 0.0,
            latency=0.5,
        )
        for url, state in states.items()
    )
    budget = BudgetReport(calls=9, retries=0, allowed=30)
    return ServiceReport(service=service, budget=budget, addresses=addresses)


def listed(client: HubClient, query: str = "") -> list[tuple[str, str, str]]:
    found = client.get(f"{CIRCUITS}{query}").json()["circuits"]
    return [(each["process"], each["url"], each["state"]) for each in found]


def reset(client: HubClient, **said: Any) -> Any:
    return client.post(RESET, {"service": "inventory", "reason": "it is mended", **said})


def test_what_processes_leave_out_comes_first(operator: HubClient) -> None:
    assert listed(operator) == [
        ("two", FIRST, "open"),
        ("one", FIRST, "closed"),
        ("one", SECOND, "closed"),
        ("two", SECOND, "closed"),
    ]
    assert listed(operator, "?service=orders") == [("two", SECOND, "closed")]
    assert listed(operator, "?service=inventory&state=open") == [("two", FIRST, "open")]
    assert listed(operator, "?service=orders&state=open") == []


def test_a_circuit_is_told_of_with_its_numbers(operator: HubClient) -> None:
    told = operator.get(f"{CIRCUITS}?state=open").json()["circuits"][0]
    assert 0.0 < told.pop("ejected_for") <= 30.0
    assert told == {
        "service": "inventory",
        "url": FIRST,
        "instance": "shop-1",
        "process": "two",
        "state": "open",
        "being_reset": False,
        "calls": 9,
        "errors": 5,
        "failures": 5,
        "ejections": 1,
        "outstanding": 0,
        "latency": 0.5,
        "p50": 0.0,
        "p99": 0.0,
    }


def test_how_many_are_left_out_of_a_long_list_is_told(operator: HubClient) -> None:
    answer = operator.get(f"{CIRCUITS}?limit=1").json()
    assert (len(answer["circuits"]), answer["further"]) == (1, 3)


def test_the_circuits_of_a_service_are_reset(operator: HubClient) -> None:
    assert reset(operator).json() == {"changed": True}
    assert [(each.service, each.url) for each in CircuitReset.objects.all()] == [("inventory", "")]
    told = operator.get(f"{CIRCUITS}?state=open").json()["circuits"][0]
    assert (told["being_reset"], told["ejected_for"]) == (True, 0.0)


def test_an_address_is_reset(operator: HubClient) -> None:
    assert reset(operator, url=SECOND).json() == {"changed": False}, "nobody leaves it out"
    assert reset(operator, url=FIRST).json() == {"changed": True}
    wished = [(each.service, each.url) for each in CircuitReset.objects.all()]
    assert wished == [("inventory", FIRST)]


def test_one_that_is_registered_and_not_called_has_nothing_to_reset(operator: HubClient) -> None:
    operator.post(PATH, body("shop-3", services=["parcels"], addresses={"dispatch-json": THIRD}))
    assert listed(operator, "?service=parcels") == []
    assert reset(operator, service="parcels", url=THIRD).json() == {"changed": False}


def test_the_reason_is_kept_with_who_gave_it(operator: HubClient) -> None:
    reset(operator)
    reset(operator, url=FIRST)
    assert [
        (entry.user.username, entry.object_id, entry.change_message)
        for entry in LogEntry.objects.order_by("pk")
    ] == [
        ("op", "inventory", "Reset the circuits: it is mended"),
        ("op", "inventory", f"Reset the circuit of {FIRST}: it is mended"),
    ]


@pytest.mark.parametrize(
    ("said", "code", "named"),
    [
        ({"service": "bakery"}, "unknown_service", "bakery"),
        ({"url": THIRD}, "unknown_address", THIRD),
        ({"service": "orders", "url": FIRST}, "unknown_address", FIRST),
    ],
)
def test_what_is_not_known_is_named(
    operator: HubClient, said: dict[str, str], code: str, named: str
) -> None:
    answer = reset(operator, **said)
    problem = answer.json()
    assert (answer.status, problem["code"]) == (404, code)
    assert f"'{named}'" in problem["detail"]
    assert not LogEntry.objects.exists() and not CircuitReset.objects.exists()


def test_the_circuits_of_an_unknown_service_are_not_none_but_unknown(operator: HubClient) -> None:
    answer = operator.get(f"{CIRCUITS}?service=bakery")
    assert (answer.status, answer.json()["code"]) == (404, "unknown_service")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, None, 7])
def test_it_takes_a_fit_reason(operator: HubClient, reason: Any) -> None:
    answer = reset(operator, reason=reason)
    assert answer.status == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["reason"]
    assert not CircuitReset.objects.exists()


def test_it_takes_the_scope_and_reading_takes_the_one_for_reading(operator: HubClient) -> None:
    reader = HubClient(token=token_of("eve", "registry:read", "registry:write"))
    assert reset(reader).status == 403
    assert listed(reader) == listed(operator)
    assert HubClient(token=token_of("bob")).get(CIRCUITS).status == 403
    assert HubClient().get(CIRCUITS).status == 401
    assert not CircuitReset.objects.exists()


def test_bad_queries_and_bodies_are_refused(operator: HubClient) -> None:
    assert operator.get(f"{CIRCUITS}?state=ajar").status == 422
    assert operator.get(f"{CIRCUITS}?limit=0").status == 422
    assert operator.get(f"{CIRCUITS}?service=a%00b").status in {404, 422}
    assert reset(operator, service="a\0b").status in {404, 422}
    assert reset(operator, url="a\0b").status in {404, 422}
    assert reset(operator, address=FIRST).status == 422, "it is called url"
