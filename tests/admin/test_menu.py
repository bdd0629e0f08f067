"""Entries of plugins in the admin's menu."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from hub.loader.catalog import Contribution
from hub.operations import switches
from hub.operations.engine import Engine
from hub.registry import sidebar
from hub.sdk import MenuEntry
from tests.registry.catalogs import engine_of, plugin

ITEM = re.compile(
    r'<a href="([^"]*)"[^>]*>\s*<span class="material-symbols-outlined[^>]*>\s*(\w+)\s*</span>'
    r"\s*<span>(.*?)</span>(.*?)</a>",
    re.S,
)


def engine_with(*entries: MenuEntry, label: str = "greeter") -> Engine:
    contributions = tuple(
        Contribution("navigation", entry.title, f"{label}.navigation", entry) for entry in entries
    )
    return engine_of(replace(plugin(label), contributions=contributions))


@pytest.fixture
def menu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put these entries into the menu."""

    def put(*entries: MenuEntry) -> Engine:
        engine = engine_with(*entries)
        monkeypatch.setattr(sidebar, "engine", lambda: engine)
        return engine

    return put


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    labels: set[str] = set()
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset(labels))
    yield labels


def shown(client: Client) -> dict[str, tuple[str, str, str]]:
    """Title -> address, icon and badge."""
    page = client.get("/admin/registry/plugin/").content.decode()
    return {
        html.unescape(title).strip(): (link, icon, re.sub(r"<[^>]*>|\s", "", rest))
        for link, icon, title, rest in ITEM.findall(page)
    }


def test_entries_stand_in_order_with_icon_and_badge(menu: Any, root: Client) -> None:
    menu(
        MenuEntry("Late", link="/late", order=9),
        MenuEntry("Early", link="https://example.com/a", icon="today", badge=lambda request: 12),
        MenuEntry(
            "Members", link="admin:auth_user_changelist", badge=lambda request: None, order=1
        ),
    )
    found = shown(root)
    assert found["Early"] == ("https://example.com/a", "today", "12")
    assert found["Members"][0] == "/admin/auth/user/"
    assert found["Members"][2] == ""
    own = [title for title in found if title in {"Late", "Early", "Members"}]
    assert own == ["Early", "Members", "Late"]


def test_an_entry_is_hidden_without_its_permission(menu: Any, viewer: Client) -> None:
    menu(MenuEntry("Secret", link="/s", permission="auth.view_user"), MenuEntry("Open", link="/o"))
    assert {"Secret", "Open"} & set(shown(viewer)) == {"Open"}
    User.objects.get(username="vera").user_permissions.add(
        Permission.objects.get(codename="view_user")
    )
    assert {"Secret", "Open"} <= set(shown(viewer))


def test_a_switched_off_plugin_has_none(menu: Any, root: Client, off: set[str]) -> None:
    menu(MenuEntry("Here", link="/h"))
    assert "Here" in shown(root)
    off.add("greeter")
    switches.forget()
    assert "Here" not in shown(root)


def test_titles_are_escaped_and_badges_are_texts(menu: Any, root: Client) -> None:
    menu(MenuEntry("<b>Hi</b>", link="/h", badge=lambda request: "os.getcwd"))
    assert shown(root)["<b>Hi</b>"] == ("/h", "link", "os.getcwd")


def test_a_badge_that_fails_is_logged_and_hides_nothing(
    menu: Any, root: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(request: Any) -> int:
        raise LookupError("no table")

    menu(MenuEntry("Here", link="/h", badge=broken))
    assert shown(root)["Here"][2] == ""
    assert "The badge of 'Here' (plugin 'greeter') failed." in caplog.text


def test_a_link_that_leads_nowhere_is_a_failure_of_the_plugin(menu: Any, root: Client) -> None:
    engine = menu(MenuEntry("Lost", link="admin:no_such_thing"), MenuEntry("Fine", link="/f"))
    (greeter,) = engine.catalog
    (failure,) = engine.failures_of(greeter)
    assert "the menu entry 'Lost' links to 'admin:no_such_thing'" in failure.message
    assert engine.state_of(greeter) == "degraded"
    assert {"Lost", "Fine"} & set(shown(root)) == {"Fine"}


def test_what_the_hub_runs_stands_above_the_plugins(root: Client) -> None:
    page = root.get("/admin/registry/plugin/").content.decode()
    titles = [title.strip() for _, _, title, _ in ITEM.findall(page)]
    running = ["Checks", "Schedules", "Log levels"]
    places = [titles.index(title) for title in ("Components", *running, "Users", "Flags")]
    assert places == sorted(places)
