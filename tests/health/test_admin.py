"""The admin pages of checks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from hub.health import runner
from hub.health.failing import failing_checks
from hub.health.models import Check
from hub.health.switching import pause
from hub.registry.models import Plugin
from hub.sdk import Health, Status, health_check
from tests.health.conftest import Declare

pytestmark = pytest.mark.django_db

LIST = "/admin/health/check/"
PAGE = "/admin/health/check/kitchen.stove/change/"
RUN = "/admin/health/check/kitchen.stove/run/"
PAUSE = "/admin/health/check/kitchen.stove/pause/"


@health_check(interval=10)
async def stove() -> Health:
    """The stove is <b>hot</b>."""
    return Health(Status.DOWN, "<script>cold</script>")


@health_check(critical=False)
async def lamp() -> None: ...


@pytest.fixture(autouse=True)
def _rows(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    known = declare(stove, lamp)
    monkeypatch.setattr(runner, "known_checks", lambda: known)


def client_of(*codenames: str, is_superuser: bool = False) -> Client:
    user = User.objects.create_user("ann", is_staff=True, is_superuser=is_superuser)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def root() -> Client:
    return client_of(is_superuser=True)


@pytest.mark.parametrize("page", [LIST, f"{LIST}?status=UNKNOWN&q=stove", PAGE])
def test_viewers_open_every_page_and_others_do_not(page: str) -> None:
    assert client_of("view_check").get(page).status_code == 200
    stranger = Client()
    assert stranger.get(page).status_code == 302
    stranger.force_login(User.objects.create_user("bob", is_staff=True))
    assert stranger.get(page).status_code == 403


def test_checks_stand_in_the_sidebar(root: Client) -> None:
    assert f'href="{LIST}"' in root.get("/admin/").content.decode()


def test_check_now_runs_and_shows_what_was_found_escaped(root: Client) -> None:
    page = root.post(RUN, follow=True).content.decode()
    assert "kitchen.stove is DOWN." in page
    assert "&lt;script&gt;cold&lt;/script&gt;" in page
    assert "<script>cold" not in page
    assert "The stove is &lt;b&gt;hot&lt;/b&gt;." in page
    row = Check.objects.get(pk="kitchen.stove")
    assert (row.status, row.consecutive_failures, row.changes.count()) == ("DOWN", 1, 1)
    assert "&lt;script&gt;cold" in root.get(LIST).content.decode()


def test_pause_and_resume_are_logged(root: Client) -> None:
    assert "This check is paused." in root.post(PAUSE, {"on": "1"}, follow=True).content.decode()
    assert Check.objects.get(pk="kitchen.stove").paused
    root.post(PAUSE, {"on": "1"})
    root.post(PAUSE, {"on": "0"})
    assert not Check.objects.get(pk="kitchen.stove").paused
    messages = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(messages) == ["Paused.", "Resumed."]
    assert root.get("/admin/health/check/kitchen.stove/history/").status_code == 200


def test_notes_are_kept(root: Client) -> None:
    assert "Ask Ann." in root.post(PAGE, {"notes": "Ask Ann.\x00"}, follow=True).content.decode()
    assert Check.objects.get(pk="kitchen.stove").notes == "Ask Ann."


@pytest.mark.parametrize("address", [RUN, PAUSE])
def test_actions_are_posted_only(root: Client, address: str) -> None:
    assert root.get(address).status_code == 405


@pytest.mark.parametrize("address", [RUN, PAUSE, PAGE])
def test_viewers_change_nothing(address: str) -> None:
    client = client_of("view_check")
    assert client.post(address, {"on": "1", "notes": "x"}).status_code == 403
    row = Check.objects.get(pk="kitchen.stove")
    assert (row.last_run_at, row.paused, row.notes) == (None, False, "")
    assert "Check now" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize("address", [RUN, PAUSE, PAGE])
def test_actions_need_the_csrf_token(address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root"))
    assert client.post(address).status_code == 403


@pytest.mark.parametrize("address", [RUN, PAUSE, PAGE])
def test_unknown_checks_lead_back_to_the_start(root: Client, address: str) -> None:
    assert root.post(address.replace("stove", "nothing")).status_code == 302


def test_what_can_not_run_is_said(root: Client) -> None:
    Plugin.objects.filter(pk="kitchen").update(enabled=False)
    page = root.post(RUN, follow=True).content.decode()
    assert "runs already, or is switched off" in page
    assert "is switched off.</strong>" in page


def test_rows_are_neither_added_nor_deleted(root: Client) -> None:
    assert root.get(f"{LIST}add/").status_code == 403
    assert root.post("/admin/health/check/kitchen.stove/delete/").status_code == 403


class TestFailing:
    def test_the_worst_come_first_and_what_is_up_does_not(self) -> None:
        Check.objects.update(last_run_at=timezone.now())
        Check.objects.filter(pk="kitchen.stove").update(status="DOWN", output="cold\nas ice")
        Check.objects.filter(pk="kitchen.lamp").update(status="DOWN", output="dark")
        found = failing_checks()
        assert [(entry["what"], entry["why"]) for entry in found] == [
            ("kitchen.stove", "cold"),
            ("kitchen.lamp", "dark"),
        ]
        assert "hub-badge--bad" in found[0]["badge"]
        assert found[0]["url"].endswith("/change/")
        Check.objects.update(status="UP")
        assert failing_checks() == []

    def test_what_is_not_known_for_a_moment_is_not_told_yet(self) -> None:
        now = timezone.now()
        Check.objects.update(last_run_at=now, status="UNKNOWN", since=now)
        assert failing_checks() == []
        Check.objects.update(since=now - timedelta(seconds=20))
        assert {entry["what"] for entry in failing_checks()} == {"kitchen.stove", "kitchen.lamp"}

    def test_no_result_is_worth_attention_and_a_pause_is_not(self) -> None:
        pause("kitchen.lamp", paused=True)
        assert [entry["why"] for entry in failing_checks()] == ["Has not run yet."]
        Plugin.objects.filter(pk="kitchen").update(enabled=False)
        assert failing_checks() == []
