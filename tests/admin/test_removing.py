"""The admin page that removes a plugin: told first, confirmed by the label, for superusers."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from hub.operations import switches
from hub.operations.engine import Engine
from hub.registry.models import Operation, Plugin, RemovedPlugin

REMOVE = "/admin/registry/plugin/kitchen/remove/"


def test_the_page_tells_what_would_go_and_removes_nothing(kitchen: Engine, root: Client) -> None:
    page = root.get(REMOVE).content.decode()
    assert "What kitchen has in the database" in page
    assert '<th scope="row">operations</th><td>3 rows</td>' in page
    assert "Type <strong>kitchen</strong> to confirm" in page
    assert Plugin.objects.filter(pk="kitchen").exists()


@pytest.mark.parametrize("typed", ["", "kitche", "KITCHEN"])
def test_another_word_removes_nothing(kitchen: Engine, root: Client, typed: str) -> None:
    answer = root.post(REMOVE, {"confirmation": typed})
    assert answer.status_code == 422
    assert "Nothing was removed." in answer.content.decode()
    assert Plugin.objects.filter(pk="kitchen").exists()


@pytest.mark.django_db(transaction=True)
def test_confirmed_it_goes_and_stays_off(kitchen: Engine, root: Client) -> None:
    answer = root.post(REMOVE, {"confirmation": " kitchen "}, follow=True)
    assert "kitchen is removed." in answer.content.decode()
    assert not Plugin.objects.filter(pk="kitchen").exists()
    assert not Operation.objects.filter(plugin_id="kitchen").exists()
    assert RemovedPlugin.objects.filter(pk="kitchen").exists()
    assert "kitchen" in switches.off()
    assert LogEntry.objects.get().change_message == "Removed."


def test_a_part_of_the_hub_says_why_not(kitchen: Engine, root: Client) -> None:
    address = "/admin/registry/plugin/core/remove/"
    assert "is a part of the hub." in root.get(address).content.decode()
    assert root.post(address, {"confirmation": "core"}).status_code == 409
    assert "Remove …" not in root.get("/admin/registry/plugin/core/change/").content.decode()


def test_only_superusers_come_here(kitchen: Engine, viewer: Client, nobody: Client) -> None:
    for client in (viewer, nobody):
        assert client.get(REMOVE).status_code == 403
        assert client.post(REMOVE, {"confirmation": "kitchen"}).status_code == 403
    assert Client().get(REMOVE).status_code == 302
    assert "Remove …" not in viewer.get("/admin/registry/plugin/kitchen/change/").content.decode()


def test_an_unknown_plugin_leads_back(kitchen: Engine, root: Client) -> None:
    assert root.get("/admin/registry/plugin/nothing/remove/").status_code == 302


def test_the_token_of_the_form_is_needed(kitchen: Engine, root: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = root.cookies
    assert strict.post(REMOVE, {"confirmation": "kitchen"}).status_code == 403
    assert Plugin.objects.filter(pk="kitchen").exists()
