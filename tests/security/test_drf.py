"""The registry's DRF views: who may read and write through which credentials."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from hub.security import tokens
from hub.security.models import ScopeGrant
from hub.web.lane.handler import LeanHandler
from tests.lane.driver import Answer, Request
from tests.security.threads import in_thread

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.security.routes_app"),
]

PATH = "/api/rows/grants/"


@in_thread
def prepare(user: User, *, permissions: list[str], scopes: list[str]) -> str:
    for codename in permissions:
        user.user_permissions.add(Permission.objects.get(codename=codename))
    for scope in scopes:
        ScopeGrant.objects.get_or_create(user=user, scope=scope)
    return tokens.issue(user, name="test", scopes=scopes)[1]


async def ask(token: str | None, method: str = "GET", body: bytes = b"") -> Answer:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    return await Request(PATH, method=method, headers=headers, parts=[body]).to(LeanHandler())


async def test_a_stranger_is_challenged(db: None) -> None:
    answer = await ask(None)
    assert answer.status == 401
    assert answer.header("www-authenticate") == 'Bearer realm="hub"'
    assert answer.header("content-type") == "application/problem+json"


async def test_a_bad_token_is_refused(db: None) -> None:
    answer = await ask("nonsense")
    assert (answer.status, answer.json()["code"]) == (401, "invalid_token")


async def test_reading_needs_both_the_scope_and_the_permission(ann: User) -> None:
    no_scope = await prepare(ann, permissions=["view_scopegrant"], scopes=[])
    answer = await ask(no_scope)
    assert (answer.status, answer.json()["missing_scope"]) == (403, "registry:read")
    both = await prepare(ann, permissions=[], scopes=["registry:read"])
    assert (await ask(both)).status == 200


async def test_the_scope_alone_does_not_let_in(ann: User) -> None:
    token = await prepare(ann, permissions=[], scopes=["registry:read"])
    assert (await ask(token)).status == 403


async def test_writing_needs_its_own_scope_and_permission(ann: User) -> None:
    body = b'{"scope": "x:y", "user": %d}' % ann.pk
    reader = await prepare(
        ann, permissions=["view_scopegrant", "add_scopegrant"], scopes=["registry:read"]
    )
    answer = await ask(reader, "POST", body)
    assert (answer.status, answer.json()["missing_scope"]) == (403, "registry:write")
    writer = await prepare(ann, permissions=[], scopes=["registry:read", "registry:write"])
    assert (await ask(writer, "POST", body)).status == 201


async def test_a_superusers_narrow_token_stays_narrow(root: User) -> None:
    token = await prepare(root, permissions=[], scopes=["registry:read"])
    assert (await ask(token)).status == 200
    assert (await ask(token, "POST", b"{}")).status == 403


def test_a_session_needs_the_permission_and_the_csrf_token(ann: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    assert client.get(PATH).status_code == 403
    for codename in ("view_scopegrant", "add_scopegrant"):
        ann.user_permissions.add(Permission.objects.get(codename=codename))
    assert client.get(PATH).status_code == 200
    row = {"scope": "x:y", "user": ann.pk}
    more: dict[str, Any] = {"content_type": "application/json"}
    answer = client.post(PATH, row, **more)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    csrf = client.get("/csrf").content.decode()
    assert client.post(PATH, row, headers={"X-CSRFToken": csrf}, **more).status_code == 201


def test_the_schema_offers_bearer_or_session() -> None:
    document = SchemaGenerator(urlconf="tests.security.routes_app").get_schema(public=True)
    assert document["paths"][PATH]["get"]["security"] == [{"bearer": []}, {"session": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["components"]["securitySchemes"]["session"]["name"] == "sessionid"
