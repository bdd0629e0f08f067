"""The list of instances and the page of one: what they show, to whom, and at what cost."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hub.client.resilience.budget import BudgetReport
from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.operations.engine import Engine
from hub.registry.instances import steering
from hub.registry.instances.outgoing import tell
from hub.registry.instances.rows import Address, Instance, InstanceLease, InstanceService
from hub.registry.models import Service, ServiceVersion
from tests.instances.kinds import join, pass_time

pytestmark = pytest.mark.django_db

LIST = "/admin/registry/instance/"
PAGE = "/admin/registry/instance/shop-1/change/"
PAGES = [LIST, PAGE, "/admin/registry/brake/"]
FILTERS = ["status=UP", "service=inventory", "component=shop", "zone=eu", "source=api", "q=shop"]


def text_of(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return str(answer.content.decode())


def many(count: int) -> None:
    """Instances as a large registry has them, without a change for each."""
    names = [f"many-{number:06}" for number in range(count)]
    common = {"component": "many", "services": ["bulk"], "source": "api", "status": "UP"}
    times = {"weight": 100, "own_weight": 100, "registered_at": 1.0, "changed_at": 1.0}
    Instance.objects.bulk_create(
        [Instance(id=name, reported="UP", lease=30.0, **common, **times) for name in names]
    )
    InstanceService.objects.bulk_create(
        [InstanceService(instance_id=name, name="bulk") for name in names]
    )
    Address.objects.bulk_create(
        [Address(instance_id=name, channel="rest", url="http://10.0.0.1/") for name in names]
    )
    InstanceLease.objects.bulk_create(
        [
            InstanceLease(
                instance_id=name,
                generation=1,
                reported="UP",
                duration=30.0,
                expires_at=9e9,
                renewed_at=1.0,
            )
            for name in names
        ]
    )


@pytest.mark.parametrize("page", PAGES)
def test_viewers_look_and_others_do_not(viewer: Client, nobody: Client, page: str) -> None:
    join()
    assert viewer.get(page).status_code == 200
    assert nobody.get(page).status_code == 403
    assert Client().get(page).status_code == 302


def test_the_list_shows_status_lease_and_channels(root: Client) -> None:
    join(version="1.4", zone="eu", weight=7)
    page = text_of(root, LIST)
    for said in ("shop-1", "shop 1.4: inventory", "hub-badge--good", "rest"):
        assert said in page
    assert re.search(r"renewed \d+ s ago", page)


def test_a_late_lease_is_amber_and_one_that_is_over_red(root: Client) -> None:
    join("late-1")
    join("over-1")
    pass_time(25)
    InstanceLease.objects.filter(pk="late-1").update(state="late")
    InstanceLease.objects.filter(pk="over-1").update(state="over")
    page = text_of(root, LIST)
    assert re.search(r'<span class="hub-warning">late: renewed \d+ s ago</span>', page)
    assert '<span class="hub-bad">over for' in page


@pytest.mark.parametrize("narrowed", FILTERS)
def test_the_list_is_narrowed(root: Client, narrowed: str) -> None:
    join(zone="eu")
    join("other-2", component="other", services=("else",), zone="us")
    steering.drain(["other-2"], reason="update", user_id=None)
    Instance.objects.filter(pk="other-2").update(source="admin")
    page = text_of(root, f"{LIST}?{narrowed}")
    assert "shop-1" in page
    assert "other-2" not in page


def test_the_list_costs_as_many_queries_for_many_instances(root: Client) -> None:
    page = f"{LIST}?service=bulk&status=UP"
    many(2)
    root.get(page)
    with CaptureQueriesContext(connection) as few:
        root.get(page)
    Instance.objects.all().delete()
    many(1000)
    with CaptureQueriesContext(connection) as lots:
        found = root.get(page).content.decode()
    assert "1000 instances" in found
    assert _own(lots) == _own(few)


def test_the_page_costs_as_many_queries_for_many_services(root: Client) -> None:
    join("plain-1", services=("a",))
    join("rich-1", services=tuple("abcdefghij"), contracts={"a": "1" * 64})
    page = "/admin/registry/instance/{}/change/".format
    root.get(page("plain-1"))
    with CaptureQueriesContext(connection) as few:
        root.get(page("plain-1"))
    with CaptureQueriesContext(connection) as rich:
        root.get(page("rich-1"))
    assert _own(rich) == _own(few)


def _own(queries: CaptureQueriesContext) -> list[str]:
    """The tables that were read, without those that are looked at anew every second."""
    tables = [str(query["sql"]).partition(" FROM ")[2].split(" ")[0] for query in queries]
    return [name for name in tables if "plugin" not in name]


def test_contracts_are_compared_with_the_registry(root: Client, kitchen: Engine) -> None:
    service = Service.objects.get(pk="kitchen")
    ServiceVersion.objects.filter(service=service).delete()
    now = {"service": service, "version": "2", "contract": "b" * 64}
    ServiceVersion.objects.create(name="kitchen@2", **now)
    old = {"service": service, "version": "1", "contract": "a" * 64, "present": False}
    ServiceVersion.objects.create(name="kitchen@1", **old)
    for letter, said in (("b", "same"), ("a", "that of 1"), ("c", "differs")):
        join(services=("kitchen",), contracts={"kitchen": letter * 64})
        assert f">{said}</span>" in text_of(root, PAGE)
    join(services=("kitchen",))
    assert ">not told</span>" in text_of(root, PAGE)


def test_calls_that_processes_tell_of_are_shown(root: Client, kitchen: Engine) -> None:
    join(services=("kitchen",))
    report = AddressReport(
        instance="shop-1",
        url="http://10.0.0.1/rpc",
        state="open",
        outstanding=2,
        calls=1234,
        errors=5,
        failures=5,
        ejections=1,
        ejected_for=20.0,
        latency=0.02,
    )
    budget = BudgetReport(calls=10, retries=3, allowed=30)
    tell("web-1", [ServiceReport(service="kitchen", budget=budget, addresses=(report,))])
    for page in (LIST, PAGE):
        assert "left out by 1" in text_of(root, page)
    found = text_of(root, "/admin/registry/service/kitchen/change/")
    for said in (">open</span>", "web-1", "3 of 30", ">1234</td>"):
        assert said in found
    assert re.search(r"\d+ s more", found)


def test_services_and_components_show_their_instances(root: Client, kitchen: Engine) -> None:
    join(services=("kitchen",), component="kitchen")
    for kind in ("service", "component"):
        assert PAGE in text_of(root, f"/admin/registry/{kind}/kitchen/change/")


def test_a_service_shows_its_methods_with_schemas_and_hashes(root: Client, kitchen: Engine) -> None:
    contract = ServiceVersion.objects.get(service="kitchen").contract
    page = text_of(root, "/admin/registry/service/kitchen/change/")
    for said in ("portions", "JSON Schema", contract, "/rpc/kitchen"):
        assert said in page
