"""Clocks that stand still: in actions, in Django, for tokens and caches; event loops go on."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from hub.sdk import Caller
from hub.testing import FrozenTime, HubClient, Identities, ReplacedSettings

pytestmark = pytest.mark.hub_plugins("greeter")

MOMENT = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "given", [MOMENT, "2030-01-01T12:00", "2030-01-01T13:00+01:00", MOMENT.timestamp()]
)
def test_a_moment_is_given_as_one_likes(
    frozen_time: FrozenTime, given: datetime | str | float
) -> None:
    frozen_time(given)
    assert frozen_time.now == timezone.now() == datetime.now(UTC) == MOMENT
    assert time.time() == MOMENT.timestamp()
    frozen_time.shift(timedelta(days=1))
    frozen_time.shift(-3600)
    assert timezone.now() == MOMENT + timedelta(hours=23)


def test_a_date_is_its_midnight(frozen_time: FrozenTime) -> None:
    assert frozen_time(date(2030, 1, 1)).now == datetime(2030, 1, 1, tzinfo=UTC)


def test_the_clocks_run_again_afterwards() -> None:
    assert datetime.now(UTC).year != MOMENT.year
    frozen = FrozenTime()
    frozen.shift(86_400)
    assert frozen.now > datetime.now(UTC) - timedelta(seconds=1)
    frozen.release()
    frozen.release()


def test_without_time_machine_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "time_machine", None)
    with pytest.raises(RuntimeError, match=r"install django-service-hub\[testing\]"):
        FrozenTime()(MOMENT)


async def test_event_loops_and_deadlines_go_on(
    frozen_time: FrozenTime, hub_client: HubClient
) -> None:
    frozen_time(MOMENT)
    before = time.monotonic()
    await asyncio.sleep(0.02)
    assert time.monotonic() - before >= 0.02
    assert await hub_client.acall("greeter.say_hello", name="Ada") == "Hello Ada!"
    assert timezone.now() == MOMENT


def test_answers_that_are_remembered_grow_old(
    frozen_time: FrozenTime, hub_settings: ReplacedSettings, hub_client: HubClient
) -> None:
    backend = "django.core.cache.backends.locmem.LocMemCache"  # Redis has a clock of its own
    hub_settings(CACHES={"default": {"BACKEND": backend, "LOCATION": "frozen"}})
    frozen_time(MOMENT)
    first = hub_client.call("greeter.slow_now")
    frozen_time.shift(29)
    assert hub_client.call("greeter.slow_now") == first == MOMENT
    frozen_time.shift(2)
    assert hub_client.call("greeter.slow_now") == MOMENT + timedelta(seconds=31)


def test_tokens_expire(frozen_time: FrozenTime, hub_client: HubClient, caller: Identities) -> None:
    frozen_time(MOMENT)
    ada = caller("read").user
    assert ada is not None
    ada.set_password("correct horse")
    ada.save()
    pair = hub_client.post(
        "/api/auth/token", {"username": "ada", "password": "correct horse"}
    ).json()
    signed_in = hub_client.with_token(pair["access_token"])
    assert signed_in.get("/api/greeter/who-am-i").status == 200
    frozen_time.shift(timedelta(hours=1))
    refused = signed_in.get("/api/greeter/who-am-i")
    assert (refused.status, refused.json()["code"]) == (401, "token_expired")


def test_callers_of_all_kinds(caller: Identities) -> None:
    assert caller.anonymous.caller == Caller(kind="anonymous")
    ada = caller("read", permissions=["auth.view_user"], username="ada")
    assert (ada.caller.kind, ada.caller.scopes) == ("token", {"read"})
    assert caller.superuser("read").caller.scopes == {"read"}
    whole = caller(permissions=["auth.view_user"]).caller
    assert whole.has_permission("auth.view_user")
    assert not whole.has_permission("auth.change_user")
    assert caller.user("eve", staff=True).caller.is_staff
    with pytest.raises(LookupError, match="no permission"):
        caller(permissions=["auth.fly"])
