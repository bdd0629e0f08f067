"""The registry in GraphQL: the same rows for the same callers, in a constant number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.operations.engine import engine
from hub.registry.instances.registered_services import note_called
from hub.registry.sync import sync
from hub.runtime.models import ComponentRow, Process
from hub.sdk import Caller
from hub.security.models import ScopeGrant
from hub.security.tokens import issue
from hub.testing import HubClient
from hub.web.graphql import registry
from hub.web.graphql.schema import hub_schema
from tests.graphql.conftest import ask, codes
from tests.instances.kinds import join

pytestmark = pytest.mark.django_db(transaction=True)

PLUGINS = "{ registry { plugins { label } } }"


@pytest.fixture
def rows(transactional_db: None) -> None:
    sync(engine())


def client_of(*permissions: str, scopes: tuple[str, ...] = ("registry:read",)) -> HubClient:
    user = User.objects.create_user("ada")
    for scope in scopes:
        ScopeGrant.objects.create(user=user, scope=scope)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return HubClient(token=issue(user, name="tests", scopes=list(scopes))[1])


@pytest.fixture
def admin(rows: None) -> HubClient:
    user = User.objects.create_superuser("root", password=None)
    return HubClient(token=issue(user, name="tests", scopes=["*"])[1])


def told(client: HubClient, query: str) -> Any:
    answer = client.post("/graphql", {"query": query})
    assert answer.status == 200, answer.body
    return answer.json()


def test_components_with_their_state_in_each_process(admin: HubClient) -> None:
    process = Process.objects.create(name="one", kind="web", host="stove", pid=7)
    ComponentRow.objects.create(
        process=process,
        component_id="greeter",
        plugin="greeter",
        state="FAILED",
        since=timezone.now(),
        error="OSError: no gas",
    )
    query = "{ registry { components { name processes { process state since error } } } }"
    with CaptureQueriesContext(connection) as queries:
        components = told(admin, query)["data"]["registry"]["components"]
    by_name = {each["name"]: each["processes"] for each in components}
    (there,) = by_name.pop("greeter")
    assert there.pop("since")
    assert there == {"process": "stove 7", "state": "FAILED", "error": "OSError: no gas"}
    assert by_name
    assert not any(by_name.values())
    assert sum("runtime_componentrow" in query["sql"] for query in queries) <= 1


def test_plugins_with_all_they_have(admin: HubClient) -> None:
    query = """{ registry { plugins(label: "greeter") {
        label status enabled requires links { title } contributions { kind name }
        services { name operations { name } }
        operations { name isAsync timeout routes { method path } inputSchema firstSeenAt
                     service { name } plugin { label } } } } }"""
    (plugin,) = told(admin, query)["data"]["registry"]["plugins"]
    assert (plugin["label"], plugin["status"], plugin["enabled"]) == ("greeter", "running", True)
    hello = next(op for op in plugin["operations"] if op["name"] == "greeter.say_hello")
    assert hello["routes"] == [{"method": "GET", "path": "/api/greeter/say-hello"}]
    assert hello["plugin"] == {"label": "greeter"}
    assert hello["inputSchema"]["required"] == ["name"]
    over_rest = admin.get("/api/registry/operations/greeter.say_hello").json()
    assert hello["firstSeenAt"] == over_rest["first_seen_at"]
    assert "traceback" not in str(plugin)


def test_services_that_only_instances_or_calls_make_known_have_no_plugin(admin: HubClient) -> None:
    join(services=("payments",))
    note_called(["weather"])
    query = "{ registry { services { name known plugin { label } operations { name } } } }"
    found = told(admin, query)["data"]["registry"]["services"]
    by_name = {row.pop("name"): row for row in found}
    assert by_name["payments"] == {"known": "registered", "plugin": None, "operations": []}
    assert by_name["weather"] == {"known": "called", "plugin": None, "operations": []}
    assert by_name["flags"]["known"] == "declared"


def test_lists_are_cut_and_filtered(admin: HubClient) -> None:
    names = [row["name"] for row in told(admin, "{ registry { operations { name } } }")["data"][
        "registry"]["operations"]]  # fmt: skip
    assert names == sorted(names)
    page = told(admin, "{ registry { operations(first: 2, offset: 1) { name } } }")
    assert [row["name"] for row in page["data"]["registry"]["operations"]] == names[1:3]
    own = told(admin, '{ registry { operations(plugin: "flags") { name } } }')
    assert [row["name"] for row in own["data"]["registry"]["operations"]] == [
        name for name in names if name.startswith("flags.")
    ]


@pytest.mark.parametrize("wrong", ["first: 101", "first: -1", "offset: -1"])
def test_a_page_out_of_range_is_refused(admin: HubClient, wrong: str) -> None:
    body = told(admin, f"{{ registry {{ plugins({wrong}) {{ label }} }} }}")
    assert body["errors"][0]["extensions"]["code"] == "invalid_input"


@pytest.mark.usefixtures("rows")
def test_anonymous_callers_see_nothing() -> None:
    body = told(HubClient(), PLUGINS)
    assert body["data"] == {"registry": {"plugins": None}}
    assert body["errors"][0]["extensions"]["code"] == "unauthenticated"


@pytest.mark.usefixtures("rows")
def test_a_permission_counts_for_its_own_table_only() -> None:
    client = client_of("view_plugin")
    body = told(client, PLUGINS)
    assert body["data"]["registry"]["plugins"], body
    body = told(client, "{ registry { plugins { label operations { name } } } }")
    assert body["errors"][0]["extensions"]["missing_permission"] == "registry.view_operation"
    assert "greeter.say_hello" not in str(body)


@pytest.mark.usefixtures("rows")
def test_a_token_needs_the_scope_too() -> None:
    body = told(client_of("view_plugin", scopes=("flags",)), PLUGINS)
    assert body["errors"][0]["extensions"]["code"] == "forbidden"


@pytest.mark.usefixtures("rows")
def test_each_table_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def here(function: Any, *args: Any, **options: Any) -> Any:
        return await sync_to_async(function)(*args)

    monkeypatch.setattr(registry, "run_in_thread", here)  # where queries can be counted
    root = User.objects.create_superuser("root", password=None)
    caller = Caller(kind="session", user_id=root.pk)
    query = """{ registry {
        plugins { label operations { name service { name operations { plugin { label } } } } }
        services { plugin { components { name } } operations { name } }
        again: plugins { label } } }"""
    with CaptureQueriesContext(connection) as queries:
        outcome = async_to_sync(ask)(hub_schema(), query, caller=caller)
    assert "errors" not in outcome.body
    users = [query for query in queries if "auth_user" in query["sql"]]
    assert len(queries) - len(users) == 4


@pytest.mark.usefixtures("rows")
async def test_nothing_is_kept_between_requests() -> None:
    root = await User.objects.acreate(username="root", is_superuser=True)
    staff = Caller(kind="session", user_id=root.pk)
    assert "errors" not in (await ask(hub_schema(), PLUGINS, caller=staff)).body
    other = await User.objects.acreate(username="ada")
    stranger = Caller(kind="session", user_id=other.pk)
    assert codes(await ask(hub_schema(), PLUGINS, caller=stranger)) == ["forbidden"]
