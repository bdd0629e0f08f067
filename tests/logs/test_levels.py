"""Levels that operators set: in force, expired, removed; and their page in the admin."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from hub.logs import following
from hub.logs.levels import Levels, Rule, hint_for, known_loggers, levels
from hub.logs.models import LogLevel

NAME = "tests.logs.levels.kitchen"
ADD = "/admin/logs/loglevel/add/"


@pytest.fixture(autouse=True)
def _as_configured() -> Iterator[None]:
    logging.getLogger(NAME).setLevel(logging.NOTSET)
    following._followed.forget()
    yield
    levels.apply(())
    following._followed.forget()


def level() -> int:
    return logging.getLogger(NAME).getEffectiveLevel()


def form(**given: str) -> dict[str, str]:
    return {"logger": NAME, "level": "DEBUG", "until_0": "", "until_1": "", **given}


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("olga"))
    return client


def test_a_level_holds_for_loggers_below_until_it_is_removed() -> None:
    mine, before = Levels(), level()
    mine.apply([Rule("tests.logs.levels", logging.DEBUG, None)])
    assert level() == logging.DEBUG
    assert mine.configured("tests.logs.levels") == logging.getLevelName(before)
    mine.apply([])
    assert level() == before


def test_the_configured_level_survives_several_changes() -> None:
    mine = Levels()
    logging.getLogger(NAME).setLevel(logging.ERROR)
    for changed in (logging.DEBUG, logging.CRITICAL, logging.INFO):
        mine.apply([Rule(NAME, changed, None)])
        assert level() == changed
    mine.apply([])
    assert level() == logging.ERROR


def test_an_expired_level_falls_back_by_itself() -> None:
    mine, before = Levels(), level()
    now = timezone.now()
    mine.apply([Rule(NAME, logging.DEBUG, now + timedelta(hours=1))])
    assert level() == logging.DEBUG
    mine.apply([Rule(NAME, logging.DEBUG, now - timedelta(seconds=1))])
    assert level() == before


def test_root_is_all_loggers() -> None:
    mine, before = Levels(), logging.root.level
    mine.apply([Rule("root", logging.DEBUG, None)])
    assert logging.root.level == logging.DEBUG
    mine.apply([])
    assert logging.root.level == before


def test_a_name_that_is_probably_wrong_is_hinted() -> None:
    assert hint_for("hub") == hint_for("root") == hint_for("hub.operations.pipeline") == ""
    assert "Did you mean hub.operations.pipeline?" in hint_for("hub.operations.pipelin")
    assert hint_for("quite.another").endswith("so far.")
    assert known_loggers()[0] == "root"


@pytest.mark.django_db(transaction=True)
def test_this_process_follows_a_change_at_once() -> None:
    before = level()
    row = LogLevel.objects.create(logger=NAME, level="DEBUG")
    assert level() == logging.DEBUG
    row.level = "ERROR"
    row.save()
    assert level() == logging.ERROR
    row.delete()
    assert level() == before


@pytest.mark.django_db
def test_before_migrate_there_are_none_and_no_transaction_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "_seen", set())
    monkeypatch.setattr(LogLevel._meta, "db_table", "not_migrated_yet")
    with transaction.atomic():
        assert following._read(None) == ()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)


def test_when_the_database_fails_the_levels_stay(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(previous: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(following._followed, "_read", broken)
    monkeypatch.setattr(following._followed, "_value", None)
    levels.apply([Rule(NAME, logging.DEBUG, None)])
    following.follow()
    assert level() == logging.DEBUG
    assert "Can't read the log levels that operators set: gone" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_operator_sets_and_removes_a_level(operator: Client) -> None:
    before = level()
    shown = operator.get(ADD).content.decode()
    assert '<option value="hub.operations.pipeline">' in shown
    saved = operator.post(ADD, form(), follow=True)
    assert level() == logging.DEBUG
    row = LogLevel.objects.get()
    assert row.changed_by == "olga"
    page = operator.get("/admin/logs/loglevel/").content.decode()
    assert all(word in page for word in (NAME, "in force", "olga"))
    assert saved.status_code == 200
    operator.post(f"/admin/logs/loglevel/{row.pk}/delete/", {"post": "yes"})
    assert level() == before
    assert [entry.action_flag for entry in LogEntry.objects.order_by("pk")] == [1, 3]


@pytest.mark.django_db
def test_an_unknown_logger_is_allowed_with_a_hint(operator: Client) -> None:
    saved = operator.post(ADD, form(logger="hub.operations.pipelin"), follow=True)
    assert "Did you mean hub.operations.pipeline?" in saved.content.decode()
    assert LogLevel.objects.get().logger == "hub.operations.pipelin"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"logger": "not a name"}, "words joined by dots"),
        ({"logger": ""}, "required"),
        ({"logger": "x" * 201}, "200"),
        ({"logger": "hub\x00"}, "Null characters"),
        ({"level": "LOUD"}, "LOUD"),
        ({"until_0": "2020-01-01", "until_1": "00:00"}, "This moment has passed."),
        ({"until_0": "soon", "until_1": "00:00"}, "valid date"),
    ],
)
def test_wrong_values_are_told_at_the_field(
    operator: Client, wrong: dict[str, str], told: str
) -> None:
    page = operator.post(ADD, form(**wrong))
    assert page.status_code == 200
    assert told in page.content.decode()
    assert not LogLevel.objects.exists()


@pytest.mark.django_db
def test_one_logger_has_one_level(operator: Client) -> None:
    LogLevel.objects.create(logger=NAME, level="DEBUG")
    assert "already exists" in operator.post(ADD, form()).content.decode()


@pytest.mark.django_db
def test_only_those_with_the_permission_see_and_change_levels() -> None:
    client = Client()
    user = User.objects.create_user("viewer", is_staff=True)
    client.force_login(user)
    assert client.get("/admin/logs/loglevel/").status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_loglevel"))
    assert client.get("/admin/logs/loglevel/").status_code == 200
    assert client.post(ADD, form()).status_code == 403
    assert not LogLevel.objects.exists()
