"""Services that only instances know have rows too: they come with the first instance, are marked
when the last one goes, and become the code's when a plugin declares them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.registry.instances.leases import deregister
from hub.registry.instances.registered_services import KEPT
from hub.registry.instances.rows import InstanceService
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
    sync(engine_of(*(plugin(label, soup, summary=f"The {label}.") for label in labels)))


def known(name: str = "inventory") -> str | None:
    row = Service.objects.filter(pk=name).first()
    return row and row.known.value


def test_a_service_is_known_as_soon_as_an_instance_offers_it() -> None:
    join(services=("inventory", "orders"))
    rows = Service.objects.values_list("name", "plugin", "present", "vanished_at")
    assert list(rows) == [("inventory", None, True, None), ("orders", None, True, None)]
    assert known() == "registered"


def test_what_a_plugin_declares_stays_as_it_is_declared() -> None:
    declare("kitchen")
    join(services=("kitchen",))
    sweep()
    row = Service.objects.get(pk="kitchen")
    assert (row.known, row.plugin_id, row.summary) == ("declared", "kitchen", "The kitchen.")


def test_to_register_where_all_is_known_costs_one_query_for_any_number() -> None:
    def queries(*names: str) -> list[str]:
        with CaptureQueriesContext(connection) as found:
            join(services=names)
        return [each["sql"] for each in found if "registry_service" in each["sql"]]

    many = [f"service-{number}" for number in range(50)]
    queries(*many)
    assert len(queries(*many)) == len(queries("service-1")) == 1


def test_it_is_marked_when_the_last_instance_goes_and_comes_back_at_once() -> None:
    join("shop-1")
    join("shop-2")
    deregister("shop-1")
    sweep()
    assert known() == "registered"
    deregister("shop-2")
    sweep()
    row = Service.objects.get(pk="inventory")
    assert row.known == "vanished"
    assert row.vanished_at is not None
    join("shop-1")
    row.refresh_from_db()
    assert (row.known, row.vanished_at) == ("registered", None)


def test_it_is_kept_for_a_week_after_that() -> None:
    join()
    deregister("shop-1")
    sweep()
    rows = Service.objects.filter(pk="inventory")
    rows.update(vanished_at=timezone.now() - KEPT + timedelta(minutes=1))
    sweep()
    assert rows.exists()
    rows.update(vanished_at=timezone.now() - KEPT - timedelta(minutes=1))
    sweep()
    assert not rows.exists()


def test_what_vanished_from_the_code_is_kept_for_longer() -> None:
    declare("kitchen")
    declare()
    Service.objects.update(vanished_at=timezone.now() - 10 * KEPT)
    sweep()
    assert known("kitchen") == "vanished"


def test_synchronising_leaves_it_alone() -> None:
    join()
    declare("kitchen")
    declare("kitchen")
    assert known() == "registered"


def test_a_plugin_that_declares_it_makes_it_its_own() -> None:
    join(services=("kitchen",))
    first_seen = Service.objects.get(pk="kitchen").first_seen_at
    declare("kitchen")
    row = Service.objects.get(pk="kitchen")
    assert (row.known, row.plugin_id, row.summary) == ("declared", "kitchen", "The kitchen.")
    assert row.first_seen_at == first_seen
    declare()
    sweep()
    assert known("kitchen") == "vanished"


def test_it_is_there_again_after_the_plugin_that_declared_it_was_removed() -> None:
    declare("kitchen")
    join(services=("kitchen",))
    Plugin.objects.filter(pk="kitchen").delete()
    assert known("kitchen") is None
    sweep()
    assert known("kitchen") == "registered"


def test_the_sweep_finds_what_processes_of_the_version_before_registered() -> None:
    join(services=())
    names = [f"service-{number:04}" for number in range(1200)]
    rows = [InstanceService(instance_id="shop-1", name=name) for name in names]
    InstanceService.objects.bulk_create(rows)
    sweep()
    sweep()
    assert list(Service.objects.values_list("pk", flat=True)) == names


def test_a_sweep_costs_as_many_queries_for_many_services() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            sweep()
        return len(found)

    join()
    sweep()  # the first makes the row of its numbers
    few = queries()
    join("many-1", services=tuple(f"service-{number}" for number in range(150)))
    assert queries() == few


def test_names_are_those_that_a_registration_may_have() -> None:
    odd: tuple[Any, ...] = ("a/b", 'a"b', "größe", "x" * 400, "a b", "5")
    join(services=odd)
    assert set(Service.objects.values_list("pk", flat=True)) == set(odd)
