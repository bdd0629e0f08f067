"""Workers over REST: what they do, and pausing them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from hub.registry.sync import sync
from hub.runtime import pausing
from hub.runtime.models import Process, Worker
from hub.runtime.states import WorkerState
from hub.security.models import ScopeGrant
from hub.testing import issue_token
from tests.runtime.test_shown import house, runs, sweep

pytestmark = pytest.mark.django_db

LIST = "/api/runtime/workers"
ONE = f"{LIST}/greeter.sweep"


@pytest.fixture(autouse=True)
def _rows() -> None:
    sync(house(sweep))


def operator(*permissions: str) -> tuple[Client, User]:
    user = User.objects.create_user("ann")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client, user


def patch(client: Client, body: dict[str, Any], **headers: str) -> Any:
    return client.patch(ONE, body, content_type="application/json", headers=headers)


def test_each_process_is_told_with_its_error_and_no_traceback() -> None:
    process = Process.objects.create(name="one", kind="web", host="stove", pid=7)
    runs(WorkerState.RUNNING, of=process, crashes=2, error="OSError: no gas", trace="Traceback …")
    client, _ = operator("view_worker")
    (row,) = [row for row in client.get(LIST).json()["results"] if row["plugin"] == "greeter"]
    assert row == client.get(ONE).json()
    assert (row["status"], row["enabled"], row["singleton"]) == ("failing", True, True)
    (there,) = row["processes"]
    assert (there["process"], there["state"], there["crashes"]) == ("stove 7", "running", 2)
    assert there["error"] == "OSError: no gas"
    assert "Traceback" not in str(row)
    assert client.get(f"{LIST}?enabled=false").json()["results"] == []


def test_pausing_and_resuming_is_noted_with_the_reason() -> None:
    client, user = operator("view_worker", "change_worker")
    answer = patch(client, {"enabled": False, "reason": "The broom is broken."})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["enabled"]) == ("paused", False)
    assert "reason" not in answer.json()
    pausing._followed.forget()
    assert pausing.paused() == {"greeter.sweep"}
    assert patch(client, {"enabled": False}).json()["enabled"] is False  # nothing changes
    assert patch(client, {"enabled": True}).json()["status"] == "idle"
    notes = LogEntry.objects.order_by("pk").values_list("user_id", "change_message")
    assert list(notes) == [(user.pk, "Paused: The broom is broken."), (user.pk, "Resumed.")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"enabled": "perhaps"}, 422),
        ({"enabled": False, "reason": "x" * 501}, 422),
        ({"singleton": False}, 422),
        ({"pause": True}, 422),
    ],
)
def test_what_can_not_be_changed_is_refused(body: dict[str, Any], status: int) -> None:
    client, _ = operator("view_worker", "change_worker")
    answer = patch(client, body)
    assert answer.status_code == status, answer.content
    assert not Worker.objects.get(pk="greeter.sweep").paused


@pytest.mark.parametrize(
    ("scope", "permission", "status"),
    [
        ("registry:write", "change_worker", 200),
        ("registry:read", "change_worker", 403),
        ("registry:write", "view_worker", 403),
    ],
)
def test_a_token_needs_scope_and_permission(scope: str, permission: str, status: int) -> None:
    _, user = operator("view_worker", permission)
    ScopeGrant.objects.create(user=user, scope=scope)
    token = issue_token(user, scopes=[scope])
    answer = patch(Client(), {"enabled": False}, authorization=f"Bearer {token}")
    assert answer.status_code == status, answer.content
    assert Worker.objects.get(pk="greeter.sweep").paused == (status == 200)


def test_strangers_are_challenged() -> None:
    assert Client().get(LIST).status_code == 401
    assert patch(Client(), {"enabled": False}).status_code == 401
