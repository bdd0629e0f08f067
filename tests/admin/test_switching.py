"""The switch of a plugin in the admin."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from hub.operations import switches
from hub.operations.engine import Engine
from hub.registry.models import Plugin

SWITCH = "/admin/registry/plugin/kitchen/switch/"


def enabled(label: str = "kitchen") -> bool:
    return Plugin.objects.get(label=label).enabled


def test_switching_off_asks_first(kitchen: Engine, root: Client) -> None:
    answer = root.post(SWITCH, {"on": "0"})
    assert answer.status_code == 200
    assert "Switch off kitchen?" in answer.content.decode()
    assert enabled()


@pytest.mark.django_db(transaction=True)
def test_confirmed_it_is_off_at_once_and_visibly(kitchen: Engine, root: Client) -> None:
    assert switches.off() == frozenset()
    answer = root.post(SWITCH, {"on": "0", "confirmed": "1"}, follow=True)
    assert "This plugin is switched off." in answer.content.decode()
    assert switches.off() == {"kitchen"}
    assert LogEntry.objects.get().change_message == "Switched off."
    operation = root.get("/admin/registry/operation/kitchen.cook/change/").content.decode()
    assert "Its plugin is switched off." in operation
    root.post(SWITCH, {"on": "1"})
    assert switches.off() == frozenset()


def test_a_link_does_not_switch(kitchen: Engine, root: Client) -> None:
    answer = root.get(SWITCH)
    assert (answer.status_code, answer["allow"]) == (405, "POST")


def test_looking_is_not_switching(kitchen: Engine, viewer: Client) -> None:
    assert viewer.post(SWITCH, {"on": "0", "confirmed": "1"}).status_code == 403
    assert viewer.post("/admin/registry/plugin/kitchen/change/", {"notes": "x"}).status_code == 403
    assert "Switch off" not in viewer.get("/admin/registry/plugin/kitchen/change/").content.decode()
    assert enabled()


def test_strangers_are_sent_to_sign_in(kitchen: Engine) -> None:
    assert Client().post(SWITCH, {"on": "0", "confirmed": "1"}).status_code == 302
    assert enabled()


def test_the_token_of_the_form_is_needed(kitchen: Engine, root: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = root.cookies
    assert strict.post(SWITCH, {"on": "0", "confirmed": "1"}).status_code == 403
    assert enabled()


def test_a_part_of_the_hub_stays_on(kitchen: Engine, root: Client) -> None:
    data = {"on": "0", "confirmed": "1"}
    answer = root.post("/admin/registry/plugin/core/switch/", data, follow=True)
    assert "can&#x27;t be switched off" in answer.content.decode()
    assert enabled("core")


def test_notes_are_kept(kitchen: Engine, root: Client) -> None:
    answer = root.post(
        "/admin/registry/plugin/kitchen/change/", {"notes": "Ask\r\nAnn."}, follow=True
    )
    assert answer.status_code == 200
    assert Plugin.objects.get(label="kitchen").notes == "Ask\nAnn."
