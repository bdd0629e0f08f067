"""``/healthz``: who is told what, and that asking costs little."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from hub.health import documents, healthz, reading
from hub.health.models import Check
from hub.health.reading import ReadCheck, Reading
from hub.health.switching import pause
from hub.operations import shared_answer
from hub.operations.threads import stop_threads
from hub.registry.models import Plugin
from hub.sdk import Status, health_check
from hub.testing import issue_token
from hub.wire.errors import MethodNotAllowed, Unauthenticated
from tests.health.conftest import Declare

pytestmark = pytest.mark.django_db(transaction=True)


@health_check(interval=10, timeout=5)
def stove() -> None: ...


@health_check(critical=False)
def lamp() -> None: ...


Answer = tuple[int, dict[str, str], Any]


def ask(method: str = "GET", headers: list[tuple[bytes, bytes]] | None = None) -> Answer:
    status, sent_headers, body = raw(method, headers)
    return status, sent_headers, json.loads(body)


def raw(method: str, headers: list[tuple[bytes, bytes]] | None = None) -> Any:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": method, "path": "/healthz", "headers": headers or []}
    try:
        asyncio.run(healthz.healthz(scope, receive, send))
    finally:
        stop_threads()
    shown = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], shown, sent[1]["body"]


def found(status: Status, *, name: str = "stove", ago: float = 1.0, output: str = "") -> None:
    at = timezone.now() - timedelta(seconds=ago)
    Check.objects.filter(pk=f"kitchen.{name}").update(
        status=status.value, last_run_at=at, duration=0.0125, output=output
    )


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [
        (Status.UP, 200, "pass"),
        (Status.DEGRADED, 200, "warn"),
        (Status.UNKNOWN, 503, "fail"),
        (Status.MAINTENANCE, 503, "fail"),
        (Status.DOWN, 503, "fail"),
    ],
)
def test_pass_and_warn_are_200_and_fail_is_503(
    declare: Declare, status: Status, code: int, word: str
) -> None:
    declare(stove)
    found(status)
    answered, headers, body = ask()
    assert (answered, body) == (code, {"status": word})
    assert headers["content-type"] == "application/health+json"
    assert headers["cache-control"] == "max-age=1"
    assert ("retry-after" in headers) == (code == 503)


def test_what_is_not_critical_only_warns(declare: Declare) -> None:
    declare(stove, lamp)
    found(Status.UP)
    found(Status.DOWN, name="lamp")
    assert ask()[::2] == (200, {"status": "warn"})


def test_a_check_without_a_result_is_not_up(declare: Declare) -> None:
    declare(stove)
    assert ask()[::2] == (503, {"status": "fail"})


@pytest.mark.parametrize(("ago", "word"), [(29.0, "pass"), (30.5, "fail")])
def test_a_check_not_run_for_three_intervals_is_not_up(
    declare: Declare, ago: float, word: str
) -> None:
    declare(stove)
    found(Status.UP, ago=ago)
    assert ask()[2] == {"status": word}


def test_a_short_interval_does_not_flap_on_a_busy_machine(declare: Declare) -> None:
    declare(health_check(name="stove", interval=0.5, timeout=0.5)(lambda: None))
    found(Status.UP, ago=9.0)
    assert ask()[2] == {"status": "pass"}
    found(Status.UP, ago=10.5)
    assert reading.read().status is Status.UNKNOWN


def test_a_hub_without_checks_is_not_up() -> None:
    assert ask()[::2] == (503, {"status": "fail"})


def test_paused_off_and_vanished_checks_do_not_count(declare: Declare) -> None:
    declare(stove, lamp)
    found(Status.DOWN)
    found(Status.UP, name="lamp")
    pause("kitchen.stove", paused=True)
    assert ask()[2] == {"status": "pass"}


def test_checks_of_a_plugin_that_is_off_do_not_count(declare: Declare) -> None:
    declare(stove)
    found(Status.UP)
    Plugin.objects.filter(pk="kitchen").update(enabled=False)
    _, _, body = ask(headers=signed_in(is_staff=True))
    assert body["notes"] == ["kitchen.stove is off."]
    assert body["checks"] == {}


def bearer(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {token}".encode())]


def signed_in(*codenames: str, is_staff: bool = False) -> list[tuple[bytes, bytes]]:
    user = User.objects.create_user("ann", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    return [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode())]


class TestDetails:
    @pytest.fixture(autouse=True)
    def _rows(self, declare: Declare) -> None:
        declare(stove, lamp)
        found(Status.DOWN, output="cold <b>at</b> kitchen.internal")
        found(Status.UP, name="lamp", output="bright")

    def test_strangers_are_told_the_status_only(self) -> None:
        assert ask()[2] == {"status": "fail"}

    def test_staff_sees_them(self) -> None:
        status, headers, body = ask(headers=signed_in(is_staff=True))
        assert status == 503
        assert headers["cache-control"] == "private, max-age=1"
        assert headers["vary"] == "authorization, cookie"
        assert body["status"] == "fail"
        assert body["description"] == "The hub is DOWN."
        (entry,) = body["checks"]["kitchen.stove:responseTime"]
        time = Check.objects.get(name="kitchen.stove").last_run_at
        assert time is not None
        assert entry == {
            "componentId": "kitchen.stove",
            "componentType": "component",
            "status": "fail",
            "time": time.isoformat().replace("+00:00", "Z"),
            "observedValue": 12.5,
            "observedUnit": "ms",
            "output": "cold <b>at</b> kitchen.internal",
        }
        (lamp_entry,) = body["checks"]["kitchen.lamp:responseTime"]
        assert lamp_entry["status"] == "pass"
        assert "output" not in lamp_entry

    def test_so_does_who_may_view_checks(self) -> None:
        assert "checks" in ask(headers=signed_in("view_check"))[2]

    def test_users_without_the_permission_do_not(self) -> None:
        assert ask(headers=signed_in())[2] == {"status": "fail"}

    @pytest.mark.parametrize(
        ("scopes", "sees"), [("health:read", True), ("registry:read", False), ("", False)]
    )
    def test_a_token_needs_the_scope_whatever_its_user_may_do(
        self, scopes: str, sees: bool
    ) -> None:
        root = User.objects.create_superuser("root")
        token = issue_token(root, scopes=scopes.split())
        assert ("checks" in ask(headers=bearer(token))[2]) == sees

    def test_credentials_that_do_not_hold_are_refused(self) -> None:
        with pytest.raises(Unauthenticated):
            ask(headers=bearer("hub_" + "0" * 64))

    def test_who_can_not_be_looked_up_in_time_is_a_stranger(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def never(scope: object) -> object:
            return await asyncio.Event().wait()

        monkeypatch.setattr(healthz, "caller_of", never)
        monkeypatch.setattr(healthz, "DEADLINE", 0.2)
        assert ask(headers=bearer("x"))[::2] == (503, {"status": "fail"})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(method: str) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        ask(method)
    assert refused.value.headers["Allow"] == "GET, HEAD"


def test_head_gives_the_headers_alone(declare: Declare) -> None:
    declare(stove)
    found(Status.UP)
    status, headers, body = raw("HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", "18")


class TestReading:
    def test_many_at_once_read_once(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        declare(stove)
        read, calls = reading.read, []

        def counted() -> Reading:
            calls.append(1)
            return read()

        monkeypatch.setattr(reading, "read", counted)
        reader = reading.Reader()

        async def many() -> list[Reading]:
            return await asyncio.gather(*(reader.reading(timeout=5) for _ in range(50)))

        answers = asyncio.run(many())
        assert all(answer is answers[0] for answer in answers)
        assert len(calls) == 1

    def test_a_hanging_database_is_down_within_the_deadline_and_takes_one_thread(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release, calls = threading.Event(), []

        def hanging() -> Reading:
            calls.append(1)
            release.wait()
            return Reading(Status.UP)

        monkeypatch.setattr(reading, "read", hanging)
        monkeypatch.setattr(healthz, "DEADLINE", 0.05)
        for _ in range(3):
            assert ask()[::2] == (503, {"status": "fail"})
        assert len(calls) == 1
        release.set()

    def test_a_failing_database_is_down_whatever_was_read_before(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        declare(stove)
        found(Status.UP)
        monkeypatch.setattr(shared_answer, "FRESH", 0.0)
        assert ask()[0] == 200

        def failing() -> Reading:
            raise OperationalError("no such host db.internal")

        monkeypatch.setattr(reading, "read", failing)
        assert ask(headers=bearer("not even looked at"))[::2] == (503, {"status": "fail"})

    def test_it_is_one_query_for_any_number_of_checks(
        self, declare: Declare, django_assert_num_queries: Any
    ) -> None:
        declare(*(health_check(name=f"check_{index}")(lambda: None) for index in range(50)))
        with django_assert_num_queries(1):
            assert len(reading.read().checks) == 50


def test_a_stale_check_says_so_instead_of_its_old_output(declare: Declare) -> None:
    declare(stove)
    found(Status.UP, ago=100, output="hot")
    (check,) = reading.read().checks
    assert (check.status, check.output) == (Status.UNKNOWN, "Not run for 100 s.")


def test_every_status_has_a_word() -> None:
    for status in Status:
        check = ReadCheck("kitchen.stove", status, True, None, None, "")
        body = json.loads(documents.with_details(Reading(status, (check,))))
        assert body["status"] in {"pass", "warn", "fail"}
