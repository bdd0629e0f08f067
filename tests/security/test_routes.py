"""Access rules on ninja routes: sync and async, through the API lane and through stock Django."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.handlers.asgi import ASGIHandler
from django.test import Client

from hub.security import tokens
from hub.web.lane.handler import LeanHandler
from tests.lane.driver import Answer, Request
from tests.security.routes_app import api
from tests.security.threads import in_thread

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.security.routes_app"),
]

HANDLERS = {"lane": LeanHandler, "stock": ASGIHandler}


@pytest.fixture(params=HANDLERS)
def handler(request: Any) -> Any:
    return HANDLERS[request.param]()


@in_thread
def issue(user: User, *scopes: str) -> str:
    return tokens.issue(user, name="test", scopes=scopes)[1]


async def get(handler: Any, path: str, token: str | None = None) -> Answer:
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    return await Request(path, headers=headers).to(handler)


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_each_rule_lets_in_whom_it_should(handler: Any, kind: str, ann: User) -> None:
    token = await issue(ann, "*")
    for name in ("default", "open", "scope", "own"):
        answer = await get(handler, f"/api/{kind}/{name}", token)
        assert (answer.status, answer.json()) == (200, {"user": "ann", "kind": "token"}), name


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_strangers_are_challenged(handler: Any, kind: str, db: None) -> None:
    for name in ("default", "scope", "other", "permission", "own"):
        answer = await get(handler, f"/api/{kind}/{name}")
        assert answer.status == 401, name
        assert answer.header("www-authenticate") == 'Bearer realm="hub"'
        assert answer.json()["code"] == "unauthenticated"
    answer = await get(handler, f"/api/{kind}/open")
    assert (answer.status, answer.json()["kind"]) == (200, "anonymous")


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_what_is_missing_is_named(handler: Any, kind: str, ann: User) -> None:
    token = await issue(ann, "*")
    answer = await get(handler, f"/api/{kind}/other", token)
    assert answer.status == 403
    assert answer.json()["missing_scope"] == "registry:read"
    answer = await get(handler, f"/api/{kind}/permission", token)
    assert answer.status == 403
    assert answer.json()["missing_permission"] == "security.view_scopegrant"


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_permissions_are_read_for_rules_that_want_them(
    handler: Any, kind: str, ann: User
) -> None:
    await ann.user_permissions.aadd(await Permission.objects.aget(codename="view_scopegrant"))
    answer = await get(handler, f"/api/{kind}/permission", await issue(ann, "*"))
    assert answer.status == 200


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_bad_token_is_refused_even_where_everyone_may(
    handler: Any, kind: str, db: None
) -> None:
    answer = await get(handler, f"/api/{kind}/open", "nonsense")
    assert answer.status == 401
    assert answer.json()["code"] == "invalid_token"


async def test_a_path_may_have_sync_and_async_methods(handler: Any, ann: User) -> None:
    assert (await get(handler, "/api/mixed")).status == 401
    answer = await get(handler, "/api/mixed", await issue(ann))
    assert answer.json() == {"user": "ann"}


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_djangos_test_client_works_too(kind: str, ann: User) -> None:
    client = Client()
    assert client.get(f"/api/{kind}/default").status_code == 401
    client.force_login(ann)
    answer = client.get(f"/api/{kind}/default")
    assert answer.json() == {"user": "ann", "kind": "session"}
    plain = tokens.issue(ann, name="test", scopes=["*"])[1]
    answer = Client().get(f"/api/{kind}/scope", headers={"Authorization": f"Bearer {plain}"})
    assert answer.json() == {"user": "ann", "kind": "token"}


def test_the_schema_shows_bearer_security() -> None:
    document = api.get_openapi_schema(path_prefix="/api/")
    schemes = document["components"]["securitySchemes"]
    assert list(schemes.values()) == [{"type": "http", "scheme": "bearer"}]
    (name,) = schemes
    assert document["paths"]["/api/async/scope"]["get"]["security"] == [{name: []}]
    assert "security" not in document["paths"]["/api/auth/token"]["post"]
