"""Processes tell of their calls to others while they call, and are forgotten when they don't."""

from __future__ import annotations

import pytest
from django.db.models import F

from hub.client.resilience.budget import BudgetReport
from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.registry.instances.calls_to import calls_to
from hub.registry.instances.outgoing import FRESH, outgoing_to, tell
from hub.registry.instances.outgoing_rows import OutgoingCalls
from hub.registry.instances.telling import Teller

pytestmark = pytest.mark.django_db


def report(calls: int, *, state: str = "closed") -> ServiceReport:
    address = AddressReport(
        instance="a-1",
        url="http://10.0.0.1/rpc",
        state=state,
        outstanding=0,
        calls=calls,
        errors=1,
        failures=0,
        ejections=0,
        ejected_for=9.0 if state == "open" else 0.0,
        latency=0.5,
    )
    budget = BudgetReport(calls=calls, retries=0, allowed=30)
    return ServiceReport(service="orders", budget=budget, addresses=(address,))


def test_only_news_is_told() -> None:
    reports = [report(3)]
    teller = Teller(report=lambda: tuple(reports))
    assert [teller.tell_news(), teller.tell_news()] == [1, 0]
    reports[:] = [report(4)]
    assert [teller.tell_news(), teller.tell_news()] == [1, 0]
    assert [row.calls for row in outgoing_to("orders")] == [4]


def test_an_address_that_is_left_out_is_told_of_as_long_as_it_is() -> None:
    teller = Teller(report=lambda: (report(3, state="open"),))
    assert [teller.tell_news(), teller.tell_news()] == [1, 1]


def test_a_process_that_calls_nobody_writes_nothing() -> None:
    assert Teller(report=lambda: ()).tell_news() == 0
    assert not OutgoingCalls.objects.exists()


def test_an_instance_knows_how_many_processes_leave_it_out() -> None:
    tell("one", [report(10, state="open")])
    tell("two", [report(30, state="open")])
    tell("three", [report(30)])
    told = calls_to(["a-1", "b-2"])
    assert {name: each.left_out for name, each in told.items()} == {"a-1": 2}
    assert "left out by 2" in told["a-1"].html()
    assert [row.process for row in outgoing_to("orders")] == ["one", "two", "three"]


def test_what_was_told_long_ago_is_not_shown_any_more() -> None:
    tell("one", [report(10, state="open")])
    OutgoingCalls.objects.update(told_at=F("told_at") - FRESH - 1)
    assert not outgoing_to("orders")
    assert not calls_to(["a-1"])
