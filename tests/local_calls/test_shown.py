"""What the admin shows of components and services."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hub.registry.models import Component, Plugin, Service
from hub.runtime.models import ComponentRow, Process
from hub.sdk import ComponentState
from tests.queries import fewest

pytestmark = pytest.mark.django_db


@pytest.fixture
def depot() -> Component:
    plugin = Plugin.objects.create(label="depot", package="depot", source="test", state="running")
    Service.objects.create(name="stock", plugin=plugin, summary="What there is.")
    return Component.objects.create(
        name="hall", plugin=plugin, version="2.0", services=["stock"], channels=["rest"]
    )


def state_in(name: str, component: Component, state: ComponentState, **more: str) -> None:
    process = Process.objects.create(name=name, kind="web", host=name, pid=1)
    ComponentRow.objects.create(
        process=process,
        component=component,
        plugin="depot",
        state=state,
        since=timezone.now(),
        **more,
    )


def test_the_list_tells_the_state_that_counts_most(admin_client: Client, depot: Component) -> None:
    def word() -> str:
        page = admin_client.get("/admin/registry/component/?q=hall").content.decode()
        return page.partition("hub-badge--")[2].partition(">")[2].partition("<")[0]

    assert word() == ""
    state_in("one", depot, ComponentState.RUNNING)
    assert word() == "RUNNING"
    state_in("two", depot, ComponentState.FAILED, error="no roof")
    assert word() == "FAILED"
    Process.objects.filter(name="two").update(seen_at=timezone.now() - timedelta(minutes=5))
    assert word() == "RUNNING"
    Plugin.objects.filter(label="depot").update(enabled=False)
    assert word() == "off"
    Component.objects.filter(name="hall").update(present=False)
    assert word() == "vanished"


def test_rest_tells_the_state_in_each_process(admin_client: Client, depot: Component) -> None:
    address = "/api/registry/components/hall"
    told = admin_client.get(address).json()
    assert (told["status"], told["processes"]) == ("", [])
    state_in("one", depot, ComponentState.RUNNING)
    state_in("two", depot, ComponentState.FAILED, error="OSError: no roof", trace="Traceback …")
    told = admin_client.get(address).json()
    assert told["status"] == "FAILED"
    found = {each["process"]: (each["state"], each["error"]) for each in told["processes"]}
    assert found == {"one 1": ("RUNNING", ""), "two 1": ("FAILED", "OSError: no roof")}
    assert "Traceback" not in str(told)


def test_the_page_shows_each_process_and_what_went_wrong(
    admin_client: Client, depot: Component
) -> None:
    state_in("one", depot, ComponentState.RUNNING)
    state_in("two", depot, ComponentState.FAILED, error="OSError: no roof", trace="Traceback …")
    page = admin_client.get("/admin/registry/component/hall/change/").content.decode()
    for text in ("one 1", "two 1", "RUNNING", "FAILED", "OSError: no roof", "Traceback …", "2.0"):
        assert text in page, text
    page = admin_client.get("/admin/runtime/process/two/change/").content.decode()
    assert "/admin/registry/component/hall/change/" in page
    assert "OSError: no roof" in page


def test_the_list_asks_no_more_for_more_rows(admin_client: Client, depot: Component) -> None:
    def seen() -> None:
        admin_client.get("/admin/registry/component/")

    before = fewest(seen)
    for number in range(5):
        each = Component.objects.create(name=f"hall{number}", plugin=depot.plugin)
        state_in(f"p{number}", each, ComponentState.RUNNING)
    assert fewest(seen) == before
