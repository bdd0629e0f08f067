"""Fixtures for the tests of the flags plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.contrib.auth.models import User
from django.db import connections

from hub.testing import HubClient
from plugins.flags.counts import COUNTS
from plugins.flags.models import Environment
from plugins.flags.snapshot import SNAPSHOT

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No timer writes counts into another test's transaction; no snapshot outlives its test."""
    monkeypatch.setattr(COUNTS, "_period", 3600)
    SNAPSHOT.forget()
    yield
    if COUNTS._timer is not None:
        COUNTS._timer.cancel()
    COUNTS._timer = None
    COUNTS._counts.clear()


@pytest.fixture(scope="session", autouse=True)
def _connections_end_before_their_database(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL drops no database that the thread of async tests is still connected to."""
    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def production(db: None) -> Environment:
    return Environment.objects.get(key="production")


@pytest.fixture
def admin_user(db: None, settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the quickest
    return User.objects.create_superuser("admin", "admin@example.com", PASSWORD)


@pytest.fixture
def client_with(transactional_db: None, admin_user: User) -> Callable[[str], HubClient]:
    """A client whose token holds one scope."""

    def make(scope: str) -> HubClient:
        answer = HubClient().post(
            "/api/auth/token", {"username": "admin", "password": PASSWORD, "scope": scope}
        )
        assert answer.status == 200, answer.body
        return HubClient(token=answer.json()["access_token"])

    return make


@pytest.fixture
def evaluator(client_with: Callable[[str], HubClient]) -> HubClient:
    return client_with("flags:evaluate")
