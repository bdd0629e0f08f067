"""The list of services, and the pages of those that only instances know, or that are only called:
content, rights and cost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.db.models import F
from django.forms import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.client.resilience.budget import BudgetReport
from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.operations.engine import Engine
from hub.operations.observers import OutgoingCall
from hub.registry.instances.leases import deregister
from hub.registry.instances.outgoing import tell
from hub.registry.instances.outgoing_rows import OutgoingCalls
from hub.registry.instances.registered_services import CALLED_WITHIN
from hub.registry.instances.rows import Instance
from hub.registry.instances.sweeping import sweep
from hub.registry.models import Service
from hub.registry.statistics import recorder
from tests.instances.kinds import join

pytestmark = pytest.mark.django_db

LIST = "/admin/registry/service/"
PAGE = "/admin/registry/service/payments/change/"
WEATHER = "/admin/registry/service/weather/change/"
URL = "https://pay-1.example.com/rpc"


def text_of(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return str(answer.content.decode())


def words(page: str) -> str:
    """The page's text, as it is read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def named(client: Client, query: str = "") -> list[str]:
    """The services that the list shows, in its order."""
    page = text_of(client, f"{LIST}?{query}")
    return re.findall(r'<span class="hub-name hub-id">([^<]+)</span>', page)


def queries(client: Client, page: str) -> list[str]:
    """The tables that were read, without those that are looked at anew every second."""
    client.get(page)
    with CaptureQueriesContext(connection) as found:
        client.get(page)
    tables = [str(each["sql"]).partition(" FROM ")[2].split(" ")[0] for each in found]
    return [name for name in tables if "plugin" not in name and "setting" not in name]


def pay(id: str = "pay-1", **more: Any) -> None:
    more = {"version": "2.4.1", "services": ("payments",)} | more
    join(id, component="payments", addresses={"dispatch-json": URL, "rest": URL}, **more)


def left_out(service: str = "payments", *, instance: str = "pay-1", url: str = URL) -> None:
    address = AddressReport(
        instance=instance,
        url=url,
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
    tell("web-1", [ServiceReport(service=service, budget=budget, addresses=(address,))])


def test_declared_and_registered_services_are_told_apart_in_one_list(
    root: Client, kitchen: Engine
) -> None:
    pay()
    join("gone-1", services=("reports",))
    deregister("gone-1")
    sweep()
    page = text_of(root, LIST)
    found = re.findall(r'hub-name hub-id">(\w+)<.*?hub-badge--\w+">(\w+)<', page, re.DOTALL)
    assert ("kitchen", "declared") in found
    assert ("payments", "registered") in found
    assert ("reports", "vanished") in found
    assert named(root, "known=registered") == ["payments"]
    assert named(root, "known=vanished") == ["reports"]
    assert "kitchen" in named(root, "known=declared")
    assert "payments" not in named(root, "known=declared")


def test_the_list_is_searched_and_sorted(root: Client, kitchen: Engine) -> None:
    pay()
    assert named(root, "q=pay") == ["payments"]
    assert named(root, "o=0") == sorted(named(root))
    assert named(root, "o=-0") == sorted(named(root), reverse=True)
    assert named(root, "plugin__label__exact=kitchen") == ["kitchen"]


def test_the_list_tells_instances_versions_and_calls(root: Client) -> None:
    pay()
    pay("pay-2", version="2.10.0")
    pay("pay-3")
    Instance.objects.filter(pk="pay-2").update(status="DOWN")
    recorder.record_outgoing(OutgoingCall("payments", "pay-1", "rest", True, 0.01))
    page = words(text_of(root, LIST))
    assert re.search(r"payments registered UP 2 DOWN 1 2\.10\.0, 2\.4\.1 1 call, 1 failed", page)


def test_the_list_costs_as_many_queries_for_many_services(root: Client) -> None:
    pay()
    few = queries(root, LIST)
    for number in range(5):
        names = tuple(f"service-{number}-{each}" for each in range(8))
        join(f"many-{number}", services=names, version=f"{number}")
    assert len(named(root)) == 41
    assert queries(root, LIST) == few


def test_the_page_tells_all_that_instances_say(root: Client) -> None:
    pay(contracts={"payments": "a" * 64})
    pay("pay-2", version="2.5", services=("payments", "refunds"))
    page = text_of(root, PAGE)
    said = words(page)
    assert "No plugin of this hub declares it." in said
    assert "Run by payments registered over the API" in said
    assert re.search(rf"2\.4\.1 {'a' * 64} 1 ", said)
    assert re.search(r"2\.5 not told 1 ", said)
    assert said.count(URL) == 2
    for link in (
        "/admin/registry/instance/pay-1/change/",
        "/admin/registry/instance/?service=payments",
        "/api/registry/instances?service=payments",
        "/api/registry/watch?service=payments",
    ):
        assert f'href="{link}"' in page
    assert "Operations" not in said.partition("First seen")[2]


def test_the_page_shows_circuits_and_resets_them(root: Client) -> None:
    pay()
    left_out()
    assert ">open</span>" in text_of(root, PAGE)
    answer = root.post("/admin/registry/service/payments/circuits/", {"reason": "mended"})
    assert answer.headers["Location"] == PAGE
    page = text_of(root, PAGE)
    assert "being reset" in page
    assert "Reset the circuits: mended" in page


def test_the_page_draws_its_traffic(root: Client) -> None:
    pay()
    assert 'class="chart' not in text_of(root, PAGE)
    recorder.record_outgoing(OutgoingCall("payments", "pay-1", "rest", False, 0.01))
    page = text_of(root, PAGE)
    assert 'class="chart' in page
    assert "Calls from this hub, last hour" in page
    assert "Calls answered here" not in page


def test_the_page_costs_as_many_queries_for_many_instances(root: Client) -> None:
    pay()
    few = queries(root, PAGE)
    for number in range(2, 30):
        pay(f"pay-{number}", version=f"2.{number}", contracts={"payments": f"{number}" * 8})
    assert queries(root, PAGE) == few


def test_a_service_that_is_no_longer_offered_says_so(root: Client) -> None:
    pay()
    deregister("pay-1")
    sweep()
    said = words(text_of(root, PAGE))
    assert "No instance has offered it since" in said
    assert "No longer in the code" not in said
    assert "None is registered." in said


def test_a_declared_service_counts_the_instances_of_each_version(
    root: Client, kitchen: Engine
) -> None:
    declared = Service.objects.get(pk="kitchen").versions.get()
    told = {"services": ("kitchen",), "version": declared.version}
    join("a-1", contracts={"kitchen": declared.contract}, **told)
    join("a-2", contracts={"kitchen": "b" * 64}, **told)
    said = words(text_of(root, "/admin/registry/service/kitchen/change/"))
    assert re.search(rf"{declared.version} {declared.contract} 1 \d{{4}}-.{{11}} now", said)
    assert re.search(rf"{declared.version} {'b' * 64} 1 - not here", said)


def test_a_service_that_is_only_called_says_so_in_the_list_and_on_its_page(root: Client) -> None:
    pay()
    left_out("weather", instance="", url="https://weather.example.com/v1")
    recorder.record_outgoing(OutgoingCall("weather", "", "rest", True, 0.01))
    said = words(text_of(root, LIST))
    assert re.search(r"weather called - - 1 call, 1 failed .{1,60} - ", said)
    assert named(root, "known=called") == ["weather"]
    page = text_of(root, WEATHER)
    said = words(page)
    assert "it is known by the calls that processes of this hub make." in said
    assert "Channels rest First seen" in said
    assert re.search(r"Addresses called.*https://weather.example.com/v1 - 1 \d+ \w+ ago", said)
    assert 'class="chart' in page
    assert "None is registered." not in said
    assert "For programs that follow it" not in said


def test_the_circuits_of_a_service_that_is_only_called_are_reset(root: Client) -> None:
    left_out("weather", instance="far-1", url="https://weather.example.com/v1")
    page = text_of(root, WEATHER)
    assert ">open</span>" in page
    assert "/admin/registry/instance/far-1/" not in page, "it has no page here"
    reset = {"reason": "mended", "url": "https://weather.example.com/v1"}
    answer = root.post("/admin/registry/service/weather/circuits/", reset)
    assert answer.headers["Location"] == WEATHER
    page = text_of(root, WEATHER)
    assert "being reset" in page
    assert "Reset the circuit of https://weather.example.com/v1: mended" in page


def test_a_service_that_is_no_longer_called_says_so(root: Client) -> None:
    left_out("weather", instance="", url="https://weather.example.com/v1")
    OutgoingCalls.objects.update(told_at=F("told_at") - CALLED_WITHIN - 1)
    sweep()
    said = words(text_of(root, WEATHER))
    assert "no process of this hub had called it for an hour" in said
    assert "No instance has offered it since" not in said
    assert "weather.example.com" not in said
    assert re.search(r"weather vanished ", words(text_of(root, LIST)))


def test_the_page_of_what_is_only_called_costs_as_many_queries_for_many_addresses(
    root: Client,
) -> None:
    left_out("weather", instance="", url="https://weather.example.com/v1")
    few = queries(root, WEATHER)
    told = OutgoingCalls.objects.get()
    rows = []
    for number in range(30):
        more = {"pk": None, "url": f"https://{number}.example.com", "instance": f"far-{number}"}
        rows.append(OutgoingCalls(**{**model_to_dict(told), "service": "weather", **more}))
    OutgoingCalls.objects.bulk_create(rows)
    assert text_of(root, WEATHER).count("far-29") == 2
    assert queries(root, WEATHER) == few


@pytest.mark.parametrize("name", ["a/b", 'a"b', "größe", "a b", "<b>", "5", "add"])
def test_names_may_be_odd(root: Client, name: str) -> None:
    join(services=(name,), contracts={name: "c" * 8})
    address = reverse("admin:registry_service_change", args=[quote(name)])
    page = text_of(root, address)
    assert "c" * 8 in page
    assert "<b></span>" not in page
    assert f'href="{address}"' in text_of(root, LIST)


def test_an_instance_leads_to_its_services(root: Client) -> None:
    pay()
    assert f'href="{PAGE}"' in text_of(root, "/admin/registry/instance/pay-1/change/")


@pytest.mark.parametrize("page", [LIST, PAGE])
def test_viewers_look_and_others_do_not(viewer: Client, nobody: Client, page: str) -> None:
    pay()
    left_out()
    assert "Reset the circuits" not in text_of(viewer, page)
    assert nobody.get(page).status_code == 403
    assert Client().get(page).status_code == 302
