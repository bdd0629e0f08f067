"""The hub's checks of its own parts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import caches
from django.db import OperationalError
from django.utils import timezone

from hub.health import builtin
from hub.health.declared import declared_checks
from hub.health.heartbeats import SECONDS, beat, heard
from hub.health.models import Heartbeat
from hub.health.outcomes import outcome_of
from hub.operations.threads import stop_threads
from hub.sdk import Health, Status
from tests.health.plugins import catalog_of

CHECKS = declared_checks(catalog_of(builtin=True).catalog)


def outcome(name: str) -> Any:
    try:
        return async_to_sync(outcome_of)(CHECKS[f"health.{name}"])
    finally:
        stop_threads()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["database", "cache", "channel_layer", "broker"])
def test_the_embedded_parts_are_up(name: str) -> None:
    found = outcome(name)
    assert (found.status, found.output) == (Status.UP, "")


def test_a_database_that_fails_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object) -> object:
        raise OperationalError("it is gone")

    monkeypatch.setattr(builtin, "connection", type("Gone", (), {"cursor": gone})())
    found = outcome("database")
    assert (found.status, found.output) == (Status.DOWN, "OperationalError: it is gone")


def test_a_cache_that_forgets_is_down(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    monkeypatch.setattr(builtin, "cache", caches["default"])
    assert outcome("cache").status is Status.DOWN


@pytest.mark.parametrize(
    "address", ["amqp://guest:s3cret@127.0.0.1:1//", "redis://:s3cret@127.0.0.1:1/0"]
)
def test_a_broker_that_is_not_there_is_down_and_its_password_is_not_told(
    settings: Any, address: str
) -> None:
    settings.CELERY_BROKER_URL = address
    found = outcome("broker")
    assert found.status is Status.DOWN
    assert "s3cret" not in found.output


@pytest.mark.django_db
class TestHeartbeats:
    def test_never_seen_is_unknown(self) -> None:
        assert heard("worker") == Health(Status.UNKNOWN, "The worker has never been seen.")

    def test_a_beating_process_is_up(self) -> None:
        beat("worker")
        beat("worker")
        assert heard("worker").status is Status.UP
        assert heard("beat").status is Status.UNKNOWN
        assert Heartbeat.objects.count() == 1

    def test_beating_more_often_than_needed_costs_nothing(
        self, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            for _ in range(100):
                beat("worker")

    @pytest.mark.parametrize(("beats", "status"), [(2.9, Status.UP), (3.1, Status.DOWN)])
    def test_after_three_missing_beats_it_is_down(self, beats: float, status: Status) -> None:
        beat("worker")
        later = timezone.now() + timedelta(seconds=beats * SECONDS)
        assert heard("worker", now=later, here_for=60).status is status

    def test_one_that_was_silent_may_still_be_starting(self) -> None:
        beat("worker")
        later = timezone.now() + timedelta(hours=1)
        found = heard("worker", now=later, here_for=5)
        assert found == Health(Status.UNKNOWN, "Last seen 3600 s ago. It may be starting.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["worker", "beat"])
def test_worker_and_beat_are_checked_by_their_heartbeats(name: str) -> None:
    assert outcome(name).status is Status.UNKNOWN
    beat(name)
    assert outcome(name).status is Status.UP
