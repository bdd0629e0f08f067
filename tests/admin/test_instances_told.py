"""Processes tell of their calls to others while they call, and are forgotten when they don't."""

from __future__ import annotations

import pytest
from django.db.models import F

from hub.client.resilience.budget import BudgetReport
from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.registry.instances.outgoing import FRESH, outgoing_to, tell, traffic_of
from hub.registry.instances.outgoing_rows import OutgoingCalls
from hub.registry.instances.telling import Teller

pytestmark = pytest.mark.django_db


def report(
    calls: int, *, state: str = "closed", instance: str = "a-1", p50: float = 0.4, p99: float = 0.9
) -> ServiceReport:
    address = AddressReport(
        instance=instance,
        url="http://10.0.0.1/rpc",
        state=state,
        outstanding=0,
        calls=calls,
        errors=1,
        failures=0,
        ejections=0,
        ejected_for=9.0 if state == "open" else 0.0,
        latency=0.5,
        p50=p50,
        p99=p99,
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


def test_what_several_processes_tell_is_summed() -> None:
    tell("one", [report(10)])
    tell("two", [report(30, state="open")])
    told = traffic_of(["a-1"])["a-1"]
    assert (told.calls, told.errors, told.left_out, told.latency) == (40, 2, 1, 0.5)
    assert [row.process for row in outgoing_to("orders")] == ["two", "one"]


def test_the_slowest_process_says_how_slow_an_instance_can_be() -> None:
    tell("one", [report(10, p50=0.1, p99=2.0)])
    tell("two", [report(30, p50=0.5, p99=0.7)])
    told = traffic_of(["a-1"])["a-1"]
    assert (told.p50, told.p99) == (pytest.approx(0.4), 2.0)
    assert "p50 400.0 ms, p99 2 s" in told.html()


def test_what_was_told_long_ago_is_not_shown_any_more() -> None:
    tell("one", [report(10)])
    OutgoingCalls.objects.update(told_at=F("told_at") - FRESH - 1)
    assert not outgoing_to("orders")
    assert not traffic_of(["a-1"])
