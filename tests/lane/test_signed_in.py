"""Callers with a session on the API lane: DRF resources and ninja routes know them."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from hub.registry.models import Plugin
from hub.testing import HubClient

pytestmark = pytest.mark.django_db(transaction=True)

CSRF = "x" * 32


@pytest.fixture
def cookies() -> str:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    Plugin.objects.create(label="kitchen", package="kitchen", source="folder", state="running")
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}"


def switch_off(**headers: str) -> int:
    return HubClient().patch("/api/registry/plugins/kitchen", {"enabled": False}, **headers).status


def test_resources_are_read_with_a_session(cookies: str) -> None:
    answer = HubClient().get("/api/registry/plugins", cookie=cookies)
    assert answer.status == 200, answer.body
    assert [row["label"] for row in answer.json()["results"]] == ["kitchen"]


def test_resources_are_written_with_the_csrf_token_only(cookies: str) -> None:
    assert switch_off(cookie=cookies) == 403
    assert switch_off(cookie=cookies, x_csrftoken="y" * 32) == 403
    assert Plugin.objects.get().enabled
    assert switch_off(cookie=cookies, x_csrftoken=CSRF) == 200
    assert not Plugin.objects.get().enabled


def test_an_unknown_session_is_a_stranger() -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}=nonsense"
    assert HubClient().get("/api/registry/plugins", cookie=cookie).status == 401
