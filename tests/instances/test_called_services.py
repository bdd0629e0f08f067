"""Services that neither plugins nor instances make known have rows while processes of the hub call
them: those of another registry, or at fixed addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.client.resilience.budget import BudgetReport
from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.registry.instances.leases import deregister
from hub.registry.instances.outgoing import tell
from hub.registry.instances.outgoing_rows import OutgoingCalls
from hub.registry.instances.registered_services import CALLED_WITHIN, KEPT
from hub.registry.instances.sweeping import sweep
from hub.registry.models import Plugin, Service
from hub.registry.sync import sync
from hub.sdk import action, allow_all, get
from tests.instances.kinds import join
from tests.registry.catalogs import engine_of, plugin

pytestmark = pytest.mark.django_db


@action(get(), access=allow_all)
def soup() -> str:
    return "soup"


def declare(*labels: str) -> None:
    sync(engine_of(*(plugin(label, soup) for label in labels)))


def call(*services: str) -> None:
    """As a process tells that it did."""
    address = AddressReport(
        instance="",
        url="https://weather.example.com",
        state="closed",
        outstanding=0,
        calls=1,
        errors=0,
        failures=0,
        ejections=0,
        ejected_for=0.0,
        latency=0.01,
    )
    budget = BudgetReport(calls=1, retries=0, allowed=30)
    names = services or ("inventory",)
    tell(
        "web-1",
        [ServiceReport(service=each, budget=budget, addresses=(address,)) for each in names],
    )


def pass_time(seconds: float) -> None:
    OutgoingCalls.objects.update(told_at=F("told_at") - seconds)


def known(name: str = "inventory") -> str | None:
    row = Service.objects.filter(pk=name).first()
    return row and row.known.value


def found_as(word: str) -> list[str]:
    return list(Service.objects.filter(Service.known_as(word)).values_list("pk", flat=True))


def test_a_service_is_known_as_soon_as_a_process_tells_that_it_calls_it() -> None:
    call("inventory", "orders")
    sweep()
    assert (known("inventory"), known("orders")) == ("called", "called")
    assert found_as("called") == ["inventory", "orders"]
    assert found_as("registered") == found_as("vanished") == []


def test_what_is_declared_or_registered_stays_so() -> None:
    declare("kitchen")
    join()
    call("kitchen", "inventory")
    sweep()
    assert (known("kitchen"), known("inventory")) == ("declared", "registered")
    assert found_as("called") == []


def test_to_tell_of_what_is_known_costs_one_query_for_any_number() -> None:
    def queries(*names: str) -> list[str]:
        with CaptureQueriesContext(connection) as found:
            call(*names)
        return [each["sql"] for each in found if '"registry_service"' in each["sql"]]

    many = [f"service-{number}" for number in range(50)]
    queries(*many)
    assert len(queries(*many)) == len(queries("service-1")) == 1


def test_the_first_instance_makes_it_a_registered_one() -> None:
    call()
    join()
    assert known() == "registered"
    deregister("shop-1")
    call()
    sweep()
    assert known() == "vanished", "that its last instance is gone is not hidden by calls"


def test_a_plugin_that_declares_it_makes_it_its_own() -> None:
    call("kitchen")
    declare("kitchen")
    row = Service.objects.get(pk="kitchen")
    assert (row.known, row.plugin_id, row.only_called) == ("declared", "kitchen", False)


def test_the_sweep_marks_what_nobody_called_for_an_hour_and_it_comes_back_with_a_call() -> None:
    call()
    pass_time(CALLED_WITHIN - 60)
    sweep()
    assert known() == "called"
    pass_time(120)
    sweep()
    assert known() == "vanished"
    assert Service.objects.get(pk="inventory").vanished_at is not None
    call()
    row = Service.objects.get(pk="inventory")
    assert (row.known, row.vanished_at) == ("called", None)


def test_it_is_kept_for_a_week_after_that() -> None:
    call()
    pass_time(CALLED_WITHIN + 60)
    sweep()
    rows = Service.objects.filter(pk="inventory")
    rows.update(vanished_at=timezone.now() - KEPT + timedelta(minutes=1))
    sweep()
    assert rows.exists()
    rows.update(vanished_at=timezone.now() - KEPT - timedelta(minutes=1))
    sweep()
    assert not rows.exists()


def test_the_sweep_finds_what_has_no_row_though_it_is_called() -> None:
    declare("kitchen")
    call("kitchen", "inventory")
    Service.objects.filter(pk="inventory").delete()
    Plugin.objects.filter(pk="kitchen").delete()
    assert known("kitchen") is None
    sweep()
    assert found_as("called") == ["inventory", "kitchen"]


def test_the_sweep_mends_what_an_instance_offers_after_all() -> None:
    join()
    Service.objects.update(only_called=True)
    sweep()
    assert known() == "registered"


def test_processes_of_the_version_before_write_rows_beside_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_service (name, summary, present, first_seen_at)"
            " VALUES ('inventory', '', %s, %s)",
            [True, timezone.now()],
        )
    assert known() == "registered"
