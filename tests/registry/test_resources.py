"""Registry resources over REST: who may read and write, filters, pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from hub.operations import switches
from hub.registry import troubles
from hub.registry.instances.registered_services import note_called
from hub.registry.models import Plugin
from hub.registry.sync import sync
from hub.sdk import action, allow_all, get, post
from tests.instances.kinds import join
from tests.queries import fewest
from tests.registry.catalogs import engine_of, plugin, refused

pytestmark = pytest.mark.django_db


@action(get(), access=allow_all)
def soup() -> str:
    """Make soup."""
    return "soup"


@action(post())
async def stew() -> None: ...


@pytest.fixture
def rows() -> None:
    sync(
        engine_of(
            plugin("kitchen", soup, stew, summary="Cooks."),
            plugin("core", builtin=True),
            refused("garden", "it needs hub >=9", "Traceback: …"),
        )
    )


def client_with(*codenames: str) -> Client:
    user = User.objects.create_user("ann")
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def reader(rows: None) -> Client:
    return client_with("view_plugin", "view_service", "view_component", "view_operation")


@pytest.fixture
def writer(rows: None) -> Client:
    return client_with("view_plugin", "change_plugin")


def names(client: Client, address: str) -> list[str]:
    answer = client.get(f"/api/registry/{address}")
    assert answer.status_code == 200, answer.content
    return [row.get("name") or row["label"] for row in answer.json()["results"]]


def patch(client: Client, address: str, body: Any) -> Any:
    return client.patch(
        f"/api/registry/{address}", json.dumps(body), content_type="application/json"
    )


@pytest.mark.parametrize("what", ["plugins", "services", "components", "operations"])
def test_strangers_are_challenged_and_others_refused(rows: None, what: str) -> None:
    answer = Client().get(f"/api/registry/{what}")
    assert (answer.status_code, answer["content-type"]) == (401, "application/problem+json")
    assert "Bearer" in answer["www-authenticate"]
    assert client_with().get(f"/api/registry/{what}").status_code == 403


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("plugins", ["core", "garden", "kitchen"]),
        ("plugins?ordering=-label", ["kitchen", "garden", "core"]),
        ("plugins?state=refused", ["garden"]),
        ("plugins?builtin=true", ["core"]),
        ("plugins?search=cooks", ["kitchen"]),
        ("plugins?limit=1&offset=1", ["garden"]),
        ("services", ["kitchen"]),
        ("components?plugin=kitchen", ["kitchen"]),
        ("operations", ["kitchen.soup", "kitchen.stew"]),
        ("operations?method=POST", ["kitchen.stew"]),
        ("operations?access=everyone", ["kitchen.soup"]),
        ("operations?is_async=true", ["kitchen.stew"]),
        ("operations?service=kitchen&present=false", []),
    ],
)
def test_lists_are_filtered_ordered_searched_and_paged(
    reader: Client, address: str, found: list[str]
) -> None:
    assert names(reader, address) == found


def test_services_that_only_instances_know_are_in_the_list(reader: Client) -> None:
    join(services=("payments",))
    found = reader.get("/api/registry/services").json()["results"]
    assert [(row["name"], row["known"], row["plugin"]) for row in found] == [
        ("kitchen", "declared", "kitchen"),
        ("payments", "registered", None),
    ]
    assert names(reader, "services?known=registered") == ["payments"]
    assert names(reader, "services?known=declared") == ["kitchen"]
    assert names(reader, "services?known=vanished") == []
    one = reader.get("/api/registry/services/payments").json()
    assert (one["known"], one["versions"]) == ("registered", [])


def test_services_that_are_only_called_are_in_the_list(reader: Client) -> None:
    note_called(["weather"])
    found = reader.get("/api/registry/services?known=called").json()["results"]
    assert [(row["name"], row["known"], row["plugin"]) for row in found] == [
        ("weather", "called", None)
    ]
    assert names(reader, "services?known=registered") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("offset=-1", "offset"),
        ("ordering=notes", "ordering"),
        ("state=sleepy", "state"),
        ("nonsense=1", "nonsense"),
    ],
)
def test_wrong_query_parameters_are_named(reader: Client, query: str, field: str) -> None:
    answer = reader.get(f"/api/registry/plugins?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_one_resource_is_read_by_its_name(reader: Client) -> None:
    body = reader.get("/api/registry/operations/kitchen.soup").json()
    assert body["routes"] == [{"method": "GET", "path": "/api/kitchen/soup"}]
    assert body["plugin"] == "kitchen"
    garden = reader.get("/api/registry/plugins/garden").json()
    assert garden["failures"] == [{"where": "manifest", "message": "it needs hub >=9"}]


def test_what_is_not_there_is_404(reader: Client) -> None:
    answer = reader.get("/api/registry/plugins/nobody")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_plugin_is_switched_and_noted(writer: Client) -> None:
    answer = patch(writer, "plugins/kitchen", {"enabled": False, "notes": "Off."})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["notes"]) == ("off", "Off.")
    row = Plugin.objects.get(label="kitchen")
    assert (row.enabled, row.notes) == (False, "Off.")
    switches.forget()
    assert switches.off() == {"kitchen"}


def test_reading_rights_do_not_write(reader: Client) -> None:
    assert patch(reader, "plugins/kitchen", {"enabled": False}).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [({"version": "9"}, "version"), ({"colour": 1}, "colour"), ({"enabled": "maybe"}, "enabled")],
)
def test_only_operators_fields_are_written(writer: Client, body: Any, field: str) -> None:
    answer = patch(writer, "plugins/kitchen", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_part_of_the_hub_stays_on(writer: Client) -> None:
    answer = patch(writer, "plugins/core", {"enabled": False, "notes": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "builtin_plugin")
    assert Plugin.objects.get(label="core").notes == ""


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_rows_are_neither_added_nor_removed(rows: None, method: str) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    assert getattr(root, method)("/api/registry/plugins/kitchen").status_code == 405


@pytest.mark.parametrize("what", ["plugins", "services", "components", "operations"])
def test_lists_take_as_many_queries_for_many_rows(reader: Client, what: str) -> None:
    address = f"/api/registry/{what}?limit=100"

    def asked() -> int:
        troubles.forget()  # they are read each time, then
        return len(reader.get(address).json()["results"])

    few = fewest(asked)
    sync(engine_of(*(plugin(f"plugin_{index}", soup, stew) for index in range(100))))
    assert fewest(asked) == few
    assert asked() == 100
