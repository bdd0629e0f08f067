from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from hub.operations import switches
from hub.operations.engine import engine
from hub.registry.sync import sync
from hub.security.lookups import known
from hub.security.tokens import issue
from hub.testing import HubClient


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Each test's database is new: nothing this process knows of the last one may count."""
    known.forget()
    switches.forget()
    yield
    known.forget()
    switches.forget()


@pytest.fixture
def admin(transactional_db: None) -> User:
    return User.objects.create_superuser("admin", password=None)


@pytest.fixture
def client(admin: User) -> HubClient:
    """A client with every right, in front of a registry in step with the code."""
    sync(engine())
    return HubClient(token=issue(admin, name="tests", scopes=["*"])[1])


@pytest.fixture
def anybody(transactional_db: None) -> HubClient:
    """A client without credentials."""
    return HubClient()
