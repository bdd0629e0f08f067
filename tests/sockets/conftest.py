from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.contrib.auth.models import User
from django.db import connections
from django.urls import path

from hub.operations import switches
from hub.operations.threads import stop_threads
from hub.sdk import allow_all, requires_permission, requires_scope
from hub.sdk.sockets import JsonSocket, TextSocket
from hub.security.lookups import known
from hub.security.models import ScopeGrant
from hub.testing.tokens import issue_token
from hub.web.asgi import Application
from tests.sockets.driver import app_of


class Echo(TextSocket):
    access = allow_all

    async def receive(self, text_data: str) -> None:
        await self.send(f"{self.caller.username or 'nobody'}: {text_data}")


class Members(Echo):
    access = requires_scope("lab:enter")


class Permitted(Echo):
    access = requires_permission("auth.view_user")


class Default(TextSocket):
    async def receive(self, text_data: str) -> None:
        await self.send(text_data)


class Json(JsonSocket):
    access = allow_all

    async def receive_json(self, content: Any) -> None:
        number = math.inf if content == "infinite" else content
        await self.send_json({"got": number})


@pytest.fixture
def lab() -> Application:
    return app_of(
        path("echo", Echo.as_asgi()),
        path("members", Members.as_asgi()),
        path("permitted", Permitted.as_asgi()),
        path("default", Default.as_asgi()),
        path("json", Json.as_asgi()),
    )


@pytest.fixture(autouse=True)
def _no_waiting(no_stored_settings: None) -> None:
    """Calls begin at once: they don't look for what operators have stored."""


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    known.forget()
    switches.forget()
    yield
    known.forget()
    switches.forget()


@pytest.fixture(scope="session", autouse=True)
def _threads_end_before_their_database(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL drops no database that a thread is still connected to."""
    yield
    stop_threads()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def ann(transactional_db: None) -> User:
    user = User.objects.create_user("ann")
    ScopeGrant.objects.create(user=user, scope="lab:enter")
    return user


@pytest.fixture
def token(ann: User) -> str:
    return issue_token(ann, scopes=["lab:enter"])


@pytest.fixture
def weak_token(ann: User) -> str:
    return issue_token(ann, scopes=["lab:look"])
