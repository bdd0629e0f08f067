from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from hub.sdk.callers import ANONYMOUS, Caller
from hub.security import tokens
from hub.security.callers import caller_of
from hub.security.lookups import known
from hub.security.models import ApiToken, ScopeGrant
from hub.wire.errors import Unauthenticated
from tests.security.asgi_scopes import bearer, http_scope
from tests.security.threads import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


@in_thread
def issue(user: User, *scopes: str, seconds: float | None = None) -> str:
    expires_at = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    return tokens.issue(user, name="test", scopes=scopes, expires_at=expires_at)[1]


async def refused(token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await caller_of(bearer(token))
    assert 'error="invalid_token"' in caught.value.headers["WWW-Authenticate"]
    return caught.value.code


async def test_without_credentials_the_caller_is_anonymous_and_nothing_is_awaited() -> None:
    coroutine = caller_of(http_scope(("cookie", "theme=dark")))
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    assert stopped.value.value is ANONYMOUS


async def test_a_token_makes_its_user_the_caller(ann: User) -> None:
    caller = await caller_of(bearer(await issue(ann, "flags:evaluate")))
    assert caller == Caller(
        kind="token", user_id=ann.pk, username="ann", scopes=frozenset({"flags:evaluate"})
    )


async def test_a_tokens_scopes_are_never_wider_than_its_users(ann: User) -> None:
    wide = await caller_of(bearer(await issue(ann, "flags:evaluate", "registry:write")))
    assert wide.scopes == {"flags:evaluate"}
    every = await caller_of(bearer(await issue(ann, "*")))
    assert every.scopes == {"flags:evaluate"}
    none = await caller_of(bearer(await issue(ann)))
    assert none.scopes == frozenset()


async def test_a_superusers_token_has_the_scopes_it_was_given(root: User) -> None:
    assert (await caller_of(bearer(await issue(root, "a:b")))).scopes == {"a:b"}
    assert (await caller_of(bearer(await issue(root, "*")))).has_scope("whatever")


async def test_scopes_come_from_groups_too(ann: User) -> None:
    group = await Group.objects.acreate(name="operators")
    await ann.groups.aadd(group)
    await ScopeGrant.objects.acreate(group=group, scope="registry:read")
    caller = await caller_of(bearer(await issue(ann, "*")))
    assert caller.scopes == {"flags:evaluate", "registry:read"}


async def test_a_grant_taken_away_is_gone_from_the_token(ann: User) -> None:
    token = await issue(ann, "*")
    assert (await caller_of(bearer(token))).scopes
    await ScopeGrant.objects.all().adelete()
    assert (await caller_of(bearer(token))).scopes == frozenset()


async def test_permissions_are_read_only_when_wanted(ann: User) -> None:
    permission = await Permission.objects.aget(codename="view_apitoken")
    await ann.user_permissions.aadd(permission)
    caller = await caller_of(bearer(await issue(ann, "*")))
    assert caller.permissions is None
    with_permissions = await sync_to_async(caller.with_permissions)()
    assert with_permissions.permissions == {"security.view_apitoken"}


async def test_a_narrow_token_has_only_the_permissions_among_its_scopes(ann: User) -> None:
    for codename in ("view_apitoken", "view_scopegrant"):
        await ann.user_permissions.aadd(await Permission.objects.aget(codename=codename))
    token = await issue(ann, "security.view_apitoken security.delete_apitoken")
    caller = await sync_to_async((await caller_of(bearer(token))).with_permissions)()
    assert caller.permissions == {"security.view_apitoken"}


async def test_a_narrow_token_of_a_superuser_is_neither_superuser_nor_staff(ann: User) -> None:
    ann.is_superuser = ann.is_staff = True
    await ann.asave()
    narrow = await caller_of(bearer(await issue(ann, "flags:evaluate")))
    assert (narrow.is_superuser, narrow.is_staff) == (False, False)
    whole = await caller_of(bearer(await issue(ann, "*")))
    assert (whole.is_superuser, whole.is_staff) == (True, True)


async def test_an_expired_token_is_refused_with_its_own_code(ann: User) -> None:
    assert await refused(await issue(ann, seconds=-1)) == "token_expired"


async def test_a_token_of_an_inactive_user_is_dead(ann: User) -> None:
    token = await issue(ann)
    assert (await caller_of(bearer(token))).is_authenticated
    ann.is_active = False
    await ann.asave()
    assert await refused(token) == "invalid_token"


async def test_a_token_of_the_right_shape_that_was_never_issued_is_refused(ann: User) -> None:
    assert await refused(f"hub_{'0' * 8}_{'0' * 64}") == "invalid_token"


async def test_a_token_revoked_by_another_process_is_refused_within_a_second(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(known, "_clock", lambda: now)
    token = await issue(ann)
    assert (await caller_of(bearer(token))).is_authenticated
    # update() sends no signal, as a change in another process doesn't.
    await ApiToken.objects.all().aupdate(revoked_at=timezone.now())
    assert (await caller_of(bearer(token))).is_authenticated
    now += 0.99
    assert await refused(token) == "invalid_token"


async def test_the_last_use_is_noted_at_most_once_a_minute(ann: User) -> None:
    token = await issue(ann)
    await caller_of(bearer(token))
    first = (await ApiToken.objects.aget()).last_used_at
    assert first is not None
    known.forget()
    await caller_of(bearer(token))
    assert (await ApiToken.objects.aget()).last_used_at == first
    await ApiToken.objects.aupdate(last_used_at=first - timedelta(minutes=2))
    known.forget()
    await caller_of(bearer(token))
    assert (await ApiToken.objects.aget()).last_used_at > first  # type: ignore[operator]


def test_only_a_digest_of_the_token_is_stored(ann: User) -> None:
    row, plain = tokens.issue(ann, name="test", scopes=["a"])
    stored = " ".join(str(value) for value in ApiToken.objects.values().get().values())
    secret = plain.rpartition("_")[2]
    assert len(secret) * 4 >= 256
    assert secret not in stored
    assert tokens.digest(plain) == row.digest


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "bearer  ",
        "Basic YWRtaW46YWRtaW4=",
        "Token abc",
        "Bearer hub_",
        "Bearer hub_x_y",
        "Bearer a.b.c",
        "Bearer ....",
        "Bearer \xff\xfe",
        "Bearer a b",
        "Bearer \x00",
        "Bearer " + "a" * 100_000,
    ],
)
async def test_a_header_that_is_no_valid_credential_is_refused(value: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await caller_of(http_scope(("authorization", value)))
    assert caught.value.code == "invalid_token"


async def test_two_authorization_headers_are_refused(ann: User) -> None:
    header = ("authorization", f"Bearer {await issue(ann)}")
    with pytest.raises(Unauthenticated):
        await caller_of(http_scope(header, header))


async def test_the_scheme_is_read_in_any_case(ann: User) -> None:
    token = await issue(ann)
    caller = await caller_of(http_scope(("authorization", f"bEARER {token}")))
    assert caller.username == "ann"
