"""The pages of schedules: shown, run now, paused, edited, each with its permission."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from hub.operations.engine import Engine
from hub.registry.sync import sync
from hub.schedules.failing import failing_schedules
from hub.schedules.models import Message, Run, Schedule

pytestmark = pytest.mark.django_db

LIST = "/admin/schedules/schedule/"
ROW = f"{LIST}house.sweep/"
PAGE = f"{ROW}change/"


@pytest.fixture(autouse=True)
def rows(house: Engine) -> None:
    sync(house)


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def viewer(db: None) -> Client:
    user = User.objects.create_user("vera", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_schedule"))
    client = Client()
    client.force_login(user)
    return client


def run(schedule: str, state: str, **more: object) -> Run:
    now = timezone.now()
    values = {"started_at": now - timedelta(seconds=2), "finished_at": now, "seconds": 1.5, **more}
    return Run.objects.create(
        task_id=f"{schedule}{state}", schedule=schedule, state=state, **values
    )


def test_the_list_shows_when_it_ran_and_what_came_of_it(root: Client) -> None:
    run("house.burn", "failed", error="RuntimeError: <the pan>")
    shown = root.get(LIST).content.decode()
    assert "every 5 minutes" in shown
    assert "RuntimeError: &lt;the pan&gt;" in shown
    assert "1.5 s" in shown
    assert "failing" in shown


def test_every_page_opens(root: Client) -> None:
    run("house.sweep", "done", result='"1 swept"')
    for name in Schedule.objects.values_list("name", flat=True):
        assert root.get(f"{LIST}{quote(name)}/change/").status_code == 200
    assert "1 swept" in root.get(PAGE).content.decode()


def test_run_now_sends_its_task(root: Client) -> None:
    assert root.post(f"{ROW}run/").status_code == 302
    payload = json.loads(Message.objects.get().payload)
    assert payload["headers"]["task"] == "hub.run_operation"
    assert payload["headers"]["periodic_task_name"] == "house.sweep"
    assert payload["headers"]["hub_by"] == "root"


def test_pause_and_resume(root: Client) -> None:
    root.post(f"{ROW}pause/", {"on": "0"})
    assert not PeriodicTask.objects.get(name="house.sweep").enabled
    assert "paused" in root.get(PAGE).content.decode()
    root.post(f"{ROW}pause/", {"on": "1"})
    task = PeriodicTask.objects.get(name="house.sweep")
    assert task.enabled
    assert task.last_run_at is not None, "what was due while it was paused is not made up for"


def test_an_edit_is_kept_and_can_be_taken_back(root: Client) -> None:
    root.post(PAGE, {"cron": "0  6 * * *", "timezone": "Europe/Paris", "arguments": '{"rooms": 2}'})
    task = PeriodicTask.objects.get(name="house.sweep")
    assert (task.interval, task.crontab.hour) == (None, "6")
    assert json.loads(task.kwargs)["arguments"] == {"rooms": 2}
    assert "edited" in root.get(PAGE).content.decode()
    root.post(f"{ROW}reset/")
    assert str(PeriodicTask.objects.get(name="house.sweep").interval) == "every 5 minutes"


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"seconds": "5", "cron": "* * * * *"},
        {"seconds": "-5"},
        {"seconds": "1e3"},
        {"seconds": "9" * 11},
        {"cron": "99 * * * *"},
        {"cron": "* * 31 2 *"},
        {"cron": "* * * * *", "timezone": "Mars"},
        {"seconds": "5", "arguments": "{"},
        {"seconds": "5", "arguments": "[]"},
        {"seconds": "5", "arguments": '{"rooms": NaN}'},
        {"seconds": "5", "arguments": "[" * 50_000},
        {"seconds": "5", "arguments": '{"rooms": "\\u0000"}'},
    ],
)
def test_a_wrong_edit_is_told_and_changes_nothing(root: Client, posted: dict[str, str]) -> None:
    before = PeriodicTask.objects.values().get(name="house.sweep")
    answer = root.post(PAGE, posted)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert PeriodicTask.objects.values().get(name="house.sweep") == before


def test_who_may_only_look_changes_nothing(viewer: Client) -> None:
    assert viewer.get(PAGE).status_code == 200
    assert "Run now" not in viewer.get(PAGE).content.decode()
    for address in (PAGE, f"{ROW}run/", f"{ROW}pause/", f"{ROW}reset/"):
        assert viewer.post(address, {"seconds": "5"}).status_code == 403
    assert not Message.objects.exists()


def test_actions_are_post_only(root: Client) -> None:
    for action in ("run", "pause", "reset"):
        assert root.get(f"{ROW}{action}/").status_code == 405


def test_failing_and_refused_schedules_are_named_for_the_start_page() -> None:
    run("house.burn", "failed", error="RuntimeError: fire")
    run("house.sweep", "done")
    found = {entry["what"]: entry["why"] for entry in failing_schedules()}
    assert found["house.burn"] == "RuntimeError: fire"
    assert "is no hour" in found["house.never"]
    assert set(found) == {"house.burn", "house.never"}
