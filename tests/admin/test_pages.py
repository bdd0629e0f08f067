"""Every page of the registry's admin: who may open it, and at what cost."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from hub.operations.engine import Engine
from hub.operations.observers import CallRecord
from hub.registry import troubles
from hub.registry.models import Operation
from hub.registry.statistics import recorder
from hub.registry.sync import sync
from tests.admin.conftest import cook
from tests.queries import fewest
from tests.registry.catalogs import engine_of, plugin

PAGES = [
    "/admin/registry/plugin/",
    "/admin/registry/plugin/kitchen/change/",
    "/admin/registry/plugin/garden/change/",
    "/admin/registry/operation/",
    "/admin/registry/operation/?method=POST&q=cook",
    "/admin/registry/operation/kitchen.cook/change/",
    "/admin/registry/operation/kitchen.cook/change/?example=0",
    "/admin/registry/operation/kitchen.cook/change/?example=99",
    "/admin/registry/service/",
    "/admin/registry/service/kitchen/change/",
    "/admin/registry/component/",
    "/admin/registry/component/kitchen/change/",
]


@pytest.mark.parametrize("page", ["/admin/", *PAGES])
def test_superusers_and_viewers_open_every_page(
    kitchen: Engine, root: Client, viewer: Client, page: str
) -> None:
    assert root.get(page).status_code == 200
    assert viewer.get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_others_do_not(kitchen: Engine, nobody: Client, page: str) -> None:
    assert nobody.get(page).status_code == 403
    answer = Client().get(page)
    assert (answer.status_code, answer["location"].partition("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize(
    "page",
    [
        "/admin/registry/plugin/%00/change/",
        "/admin/registry/plugin/?state=%00",
        "/admin/registry/operation/?q=a%00",
        "/admin/auth/user/?id__exact=%00",
        "/admin/login/?next=%00",
    ],
)
def test_nul_characters_are_refused(kitchen: Engine, root: Client, page: str) -> None:
    answer = root.get(page)
    assert answer.status_code == 400
    assert "can't be read" in answer.content.decode().replace("&#x27;", "'")


def test_a_session_with_a_nul_character_is_none(kitchen: Engine) -> None:
    client = Client(headers={"cookie": r'sessionid="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\000"'})
    answer = client.get("/admin/")
    assert (answer.status_code, answer["location"]) == (302, "/admin/login/?next=/admin/")


def test_staff_without_permissions_see_no_figures(kitchen: Engine, nobody: Client) -> None:
    page = nobody.get("/admin/").content.decode()
    assert "Needs attention" not in page
    assert "/admin/registry/plugin/" not in page


@pytest.mark.parametrize("page", PAGES)
def test_unknown_names_lead_back_to_the_start(kitchen: Engine, root: Client, page: str) -> None:
    if "change" in page:
        unknown = page.replace("kitchen", "nothing").replace("garden", "nothing")
        assert root.get(unknown).status_code == 302


@pytest.mark.parametrize("model", ["plugin", "operation", "service", "component"])
def test_rows_are_neither_added_nor_deleted(kitchen: Engine, root: Client, model: str) -> None:
    assert root.get(f"/admin/registry/{model}/add/").status_code == 403
    assert root.post(f"/admin/registry/{model}/kitchen/delete/").status_code == 403


def test_failing_things_come_first_on_the_start_page(kitchen: Engine, root: Client) -> None:
    recorder.record(CallRecord("kitchen.burn", "kitchen", "rest", "internal_error", 500, 0.01))
    page = root.get("/admin/").content.decode()
    attention = page.index("Needs attention")
    order = [page.index(text) for text in ("it needs hub &gt;=9", "broken", "1 of 1 calls failed")]
    assert attention < order[0] < order[1] < order[2] < page.index("Plugins running")
    assert "100.0%" in page


def test_a_plugin_page_shows_what_it_contributes_and_what_is_broken(
    kitchen: Engine, root: Client
) -> None:
    page = root.get("/admin/registry/plugin/kitchen/change/").content.decode()
    assert "kitchen.cook" in page
    assert "https://example.com/" in page
    shed = root.get("/admin/registry/plugin/shed/change/").content.decode()
    assert "Traceback: &lt;shed&gt;" in shed


def test_an_operation_page_shows_its_parameters_escaped(kitchen: Engine, root: Client) -> None:
    page = root.get("/admin/registry/operation/kitchen.cook/change/").content.decode()
    assert "Cook &lt;b&gt;something&lt;/b&gt;." in page
    assert 'name="value-portions"' in page
    assert "list of Item or null" in page


def test_a_vanished_operation_is_shown_and_can_not_be_tried(kitchen: Engine, root: Client) -> None:
    Operation.objects.filter(name="kitchen.cook").update(present=False)
    page = root.get("/admin/registry/operation/kitchen.cook/change/").content.decode()
    assert "No longer in the code" in page


def test_pages_load_nothing_from_elsewhere(kitchen: Engine, root: Client) -> None:
    for page in ("/admin/", *PAGES):
        text = root.get(page).content.decode()
        for attribute in ('src="http', 'src="//', 'rel="stylesheet" href="http'):
            assert attribute not in text


@pytest.mark.parametrize(
    "page", ["/admin/", "/admin/registry/plugin/", "/admin/registry/operation/"]
)
def test_pages_take_as_many_queries_for_many_rows(kitchen: Engine, root: Client, page: str) -> None:
    def seen() -> None:
        troubles.forget()  # they are read each time, then
        root.get(page)

    few = fewest(seen)
    sync(engine_of(*(plugin(f"plugin_{index}", cook) for index in range(40))))
    assert fewest(seen) <= few


def test_the_way_to_a_row_names_it_as_it_is(kitchen: Engine, root: Client) -> None:
    page = root.get("/admin/registry/operation/kitchen.cook/change/").content.decode()
    assert re.search(r">\s*Operations\s*</a>", page)
    assert re.search(r">\s*kitchen\.cook\s*</a>", page)
    assert "Kitchen.cook" not in page
