"""Checks over REST."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from hub.health.models import Check
from hub.sdk import health_check
from hub.testing import issue_token
from tests.health.conftest import Declare
from tests.queries import fewest

pytestmark = pytest.mark.django_db

LIST = "/api/health/checks"


@health_check(interval=10)
def stove() -> None:
    """The stove is hot."""


@health_check(critical=False)
def lamp() -> None: ...


@pytest.fixture(autouse=True)
def _rows(declare: Declare) -> None:
    declare(stove, lamp)
    Check.objects.filter(pk="kitchen.stove").update(
        status="UP", last_run_at=timezone.now(), duration=0.01, output="hot"
    )


@pytest.fixture
def reader() -> Client:
    user = User.objects.create_user("ann")
    user.user_permissions.set(Permission.objects.filter(codename="view_check"))
    client = Client()
    client.force_login(user)
    return client


def names(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"{LIST}{query}")
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_strangers_are_challenged_and_others_refused() -> None:
    assert Client().get(LIST).status_code == 401
    client = Client()
    client.force_login(User.objects.create_user("bob"))
    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize(
    ("scopes", "permission", "status"),
    [
        ("health:read", True, 200),
        ("registry:read", True, 403),
        ("health:read", False, 403),
    ],
)
def test_a_token_needs_scope_and_permission(scopes: str, permission: bool, status: int) -> None:
    user = User.objects.create_user("ann")
    if permission:
        user.user_permissions.set(Permission.objects.filter(codename="view_check"))
    from hub.security.models import ScopeGrant

    for scope in scopes.split():
        ScopeGrant.objects.create(user=user, scope=scope)
    token = issue_token(user, scopes=scopes.split())
    answer = Client().get(LIST, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == status, answer.content


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["kitchen.lamp", "kitchen.stove"]),
        ("?status=UP", ["kitchen.stove"]),
        ("?critical=false", ["kitchen.lamp"]),
        ("?plugin=nobody", []),
        ("?paused=true", []),
        ("?search=hot", ["kitchen.stove"]),
        ("?ordering=-name", ["kitchen.stove", "kitchen.lamp"]),
    ],
)
def test_lists_are_filtered_searched_and_ordered(
    reader: Client, query: str, found: list[str]
) -> None:
    assert names(reader, query) == found


@pytest.mark.parametrize("query", ["?status=GREAT", "?critical=maybe", "?nonsense=1"])
def test_wrong_parameters_are_refused(reader: Client, query: str) -> None:
    assert reader.get(f"{LIST}{query}").status_code == 422


def test_one_check_is_read_by_its_name(reader: Client) -> None:
    body = reader.get(f"{LIST}/kitchen.stove").json()
    assert body["status"] == "UP"
    assert (body["plugin"], body["active"], body["output"]) == ("kitchen", True, "hot")
    assert (body["interval"], body["duration"], body["consecutive_failures"]) == (10, 0.01, 0)
    assert reader.get(f"{LIST}/kitchen.nothing").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written(method: str) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    answer = getattr(root, method)(f"{LIST}/kitchen.stove")
    assert answer.status_code in {403, 405}


def test_a_list_takes_as_many_queries_for_many_rows(reader: Client, declare: Declare) -> None:
    few = fewest(lambda: names(reader))
    declare(*(health_check(name=f"check_{index}")(lambda: None) for index in range(40)))
    assert fewest(lambda: names(reader)) <= few
