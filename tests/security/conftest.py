from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connections

from hub.operations.threads import stop_threads
from hub.security.lookups import known
from hub.security.models import ScopeGrant


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Each test's database is new; ids repeat, so nothing of the last one may be remembered."""
    known.forget()
    cache.clear()  # failed attempts to sign in, which Redis would keep for the next test
    yield
    known.forget()


@pytest.fixture(scope="session", autouse=True)
def _threads_end_before_their_database(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL drops no database that a thread is still connected to: the hub's own threads,
    and asgiref's single one, in which async tests use the ORM."""
    yield
    stop_threads()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ann(db: None) -> User:
    """A user with the scope ``flags:evaluate`` and the password ``correct horse``."""
    user = User.objects.create_user("ann", password="correct horse")
    ScopeGrant.objects.create(user=user, scope="flags:evaluate")
    return user


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", password="correct horse")
