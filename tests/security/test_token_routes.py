"""``/api/auth/token``, ``/refresh`` and ``/revoke`` through the API lane."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone

from hub.security import jwt, login_limit
from hub.security.lookups import known
from hub.security.models import RefreshToken, RevokedAccess, ScopeGrant
from hub.web.lane.handler import LeanHandler
from tests.lane.driver import Answer, Request, json_request

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.security.routes_app"),
]


@pytest.fixture(autouse=True)
def _no_failures_counted() -> None:
    cache.clear()


async def post(path: str, **body: Any) -> Answer:
    return await json_request(f"/api/auth/{path}", body).to(LeanHandler())


async def sign_in(
    username: str = "ann",
    password: str = "correct horse",  # noqa: S107
    **more: Any,
) -> Answer:
    return await post("token", username=username, password=password, **more)


async def status_with(access: str) -> int:
    request = Request(
        "/api/async/default", headers=[(b"authorization", f"Bearer {access}".encode())]
    )
    return (await request.to(LeanHandler())).status


async def test_a_name_and_a_password_become_tokens_that_work(ann: User) -> None:
    answer = await sign_in()
    assert answer.status == 200
    pair = answer.json()
    assert pair["token_type"] == "Bearer"
    assert pair["expires_in"] == 900
    assert pair["scope"] == "flags:evaluate"
    assert answer.header("cache-control") == "no-store"
    assert await status_with(pair["access_token"]) == 200


async def test_fewer_scopes_can_be_asked_for_but_not_more(ann: User) -> None:
    await ScopeGrant.objects.acreate(user=ann, scope="registry:read")
    pair = (await sign_in(scope="registry:read registry:write")).json()
    assert pair["scope"] == "registry:read"


@pytest.mark.parametrize(
    ("username", "password"), [("ann", "wrong"), ("nobody", "wrong"), ("ann", " "), ("ANN", "x")]
)
async def test_wrong_credentials_have_one_answer(ann: User, username: str, password: str) -> None:
    answer = await sign_in(username, password)
    assert answer.status == 401
    assert answer.json()["code"] == "invalid_credentials"
    assert answer.json()["detail"] == "User name and password don't fit."
    assert answer.header("www-authenticate") is not None


async def test_an_inactive_user_is_answered_like_a_wrong_password(ann: User) -> None:
    ann.is_active = False
    await ann.asave()
    answer = await sign_in()
    assert (answer.status, answer.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "ann"},
        {"username": "ann", "password": "x", "more": 1},
        {"username": ["ann"], "password": "x"},
        {"username": "a\x00b", "password": "x"},
        {"username": "a" * 151, "password": "x"},
        {"username": "", "password": "x"},
        {"username": "ann", "password": "x" * 1001},
        {"username": "ann", "password": None},
        {"username": "ann", "password": "x", "scope": 'quo"te'},
    ],
)
async def test_wrong_fields_are_named(ann: User, body: dict[str, Any]) -> None:
    answer = await post("token", **body)
    assert answer.status == 422
    assert answer.json()["errors"][0]["field"]
    assert "correct horse" not in answer.body.decode()


async def test_ten_failures_pause_the_name_at_that_address(
    ann: User, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(login_limit.time, "time", lambda: now)
    for _ in range(10):
        assert (await sign_in(password="wrong")).status == 401
    answer = await sign_in()
    assert (answer.status, answer.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(answer.header("retry-after") or 0) <= 301
    assert (await sign_in("Ann", "wrong")).status == 429
    assert (await sign_in("root")).status == 200
    elsewhere = json_request("/api/auth/token", {"username": "ann", "password": "correct horse"})
    elsewhere.scope["client"] = ("192.0.2.1", 5000)
    assert (await elsewhere.to(LeanHandler())).status == 200
    now += 301  # the cache's own clock follows
    assert (await sign_in()).status == 200


async def test_a_sign_in_that_works_forgets_the_failures(ann: User) -> None:
    for _ in range(2):
        for _ in range(9):
            assert (await sign_in(password="wrong")).status == 401
        assert (await sign_in()).status == 200


async def test_a_refresh_token_is_replaced_at_each_use(ann: User) -> None:
    first = (await sign_in()).json()
    second = await post("refresh", refresh_token=first["refresh_token"])
    assert second.status == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert second.json()["scope"] == first["scope"]
    third = await post("refresh", refresh_token=second.json()["refresh_token"])
    assert await status_with(third.json()["access_token"]) == 200


async def test_using_a_refresh_token_twice_ends_the_whole_chain(ann: User) -> None:
    first = (await sign_in()).json()
    second = (await post("refresh", refresh_token=first["refresh_token"])).json()
    assert await status_with(second["access_token"]) == 200
    again = await post("refresh", refresh_token=first["refresh_token"])
    assert (again.status, again.json()["code"]) == (401, "invalid_token")
    assert (await post("refresh", refresh_token=second["refresh_token"])).status == 401
    assert await status_with(second["access_token"]) == 401
    other = (await sign_in()).json()
    assert await status_with(other["access_token"]) == 200


async def test_refresh_tokens_are_hashed_at_rest(ann: User) -> None:
    plain = (await sign_in()).json()["refresh_token"]
    row = await RefreshToken.objects.values().aget()
    assert plain[5:] not in " ".join(map(str, row.values()))


async def test_an_expired_refresh_token_says_so(ann: User) -> None:
    plain = (await sign_in()).json()["refresh_token"]
    await RefreshToken.objects.aupdate(expires_at=timezone.now() - timedelta(seconds=1))
    answer = await post("refresh", refresh_token=plain)
    assert (answer.status, answer.json()["code"]) == (401, "token_expired")


async def test_a_changed_password_or_an_inactive_user_ends_the_chain(ann: User) -> None:
    first = (await sign_in()).json()["refresh_token"]
    ann.set_password("another one")
    await ann.asave()
    assert (await post("refresh", refresh_token=first)).status == 401
    second = (await sign_in(password="another one")).json()["refresh_token"]
    ann.is_active = False
    await ann.asave()
    assert (await post("refresh", refresh_token=second)).status == 401


@pytest.mark.parametrize("text", ["x", "hubr_", "hubr_" + "0" * 64, "é" * 64])
async def test_an_unknown_refresh_token_is_refused(text: str, db: None) -> None:
    answer = await post("refresh", refresh_token=text)
    assert (answer.status, answer.json()["code"]) == (401, "invalid_token")


async def test_a_revoked_refresh_token_takes_its_access_token_along(ann: User) -> None:
    pair = (await sign_in()).json()
    assert (await post("revoke", token=pair["refresh_token"])).status == 200
    assert (await post("refresh", refresh_token=pair["refresh_token"])).status == 401
    assert await status_with(pair["access_token"]) == 401


async def test_a_revoked_access_token_is_refused_and_the_refresh_token_stays(ann: User) -> None:
    pair = (await sign_in()).json()
    hint = {"token_type_hint": "access_token"}
    assert (await post("revoke", token=pair["access_token"], **hint)).status == 200
    assert await status_with(pair["access_token"]) == 401
    assert (await post("refresh", refresh_token=pair["refresh_token"])).status == 200


async def test_an_access_token_revoked_by_another_process_is_refused_within_a_second(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(known, "_clock", lambda: now)
    access = (await sign_in()).json()["access_token"]
    assert await status_with(access) == 200
    row = RevokedAccess(
        identifier=jwt.verify(access).jti, expires_at=timezone.now() + timedelta(hours=1)
    )
    await RevokedAccess.objects.abulk_create([row])  # sends no signal, as another process doesn't
    assert await status_with(access) == 200
    now += 0.99
    assert await status_with(access) == 401


@pytest.mark.parametrize("text", ["x", "a.b.c", "hubr_" + "0" * 64])
async def test_revoking_what_is_unknown_is_no_error(text: str, db: None) -> None:
    answer = await post("revoke", token=text)
    assert (answer.status, answer.body) == (200, b"")


async def test_api_tokens_are_not_revoked_here(db: None) -> None:
    answer = await post("revoke", token=f"hub_{'0' * 8}_{'0' * 64}")
    assert (answer.status, answer.json()["code"]) == (400, "unsupported_token_type")
