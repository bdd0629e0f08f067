"""``/metrics``, asked through the hub's own ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from hub.client.instances import Registration
from hub.operations.observers import CallRecord, OutgoingCall
from hub.operations.shared_answer import SharedAnswer
from hub.operations.threads import stop_threads
from hub.project.asgi import application
from hub.registry.instances.leases import register
from hub.registry.instances.rows import Brake, Instance, InstanceLease, Source
from hub.registry.instances.sweeping import sweep
from hub.registry.models import Component, Plugin
from hub.registry.statistics import Recorder
from hub.runtime.models import ComponentRow, Process
from hub.security.lookups import known
from hub.testing import issue_token
from hub.web.metrics import app, rows
from hub.web.metrics.calls import counts

pytestmark = pytest.mark.django_db(transaction=True)

Headers = list[tuple[bytes, bytes]]
Found = dict[str, list[tuple[dict[str, str], float]]]


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(app, "_rows", SharedAnswer(lambda: rows.read(), thread="hub-metrics"))
    counts.forget()
    known.forget()
    yield
    known.forget()


def ask(
    path: str = "/metrics", *, headers: Headers | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    return asyncio.run(_asked(path, headers or [], method))


async def _asked(path: str, headers: Headers, method: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode()}
    scope |= {"query_string": query.encode(), "headers": [(b"host", b"localhost"), *headers]}
    scope |= {"scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1), "server": None}
    scope |= {"root_path": "", "state": {}}
    try:
        await application(scope, receive, send)
    finally:
        stop_threads()
    shown = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], shown, b"".join(each.get("body", b"") for each in sent[1:])


def token(*scopes: str) -> Headers:
    user = User.objects.create_superuser("root")
    return [(b"authorization", f"Bearer {issue_token(user, scopes=scopes)}".encode())]


def session(*, is_staff: bool) -> Headers:
    user = User.objects.create_user("ann", is_staff=is_staff)
    client = Client()
    client.force_login(user)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    return [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode())]


def metrics() -> Found:
    """By name, without the process."""
    status, _, body = ask(headers=token("metrics:read"))
    assert status == 200
    found: Found = {}
    for family in prometheus(body.decode()):
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "process"}
            found.setdefault(sample.name, []).append((labels, sample.value))
    return found


class TestAccess:
    def test_strangers_are_refused(self) -> None:
        status, headers, _ = ask()
        assert (status, headers["www-authenticate"]) == (401, 'Bearer realm="hub"')

    @pytest.mark.parametrize(("is_staff", "status"), [(True, 200), (False, 403)])
    def test_of_users_staff_may(self, is_staff: bool, status: int) -> None:
        assert ask(headers=session(is_staff=is_staff))[0] == status

    @pytest.mark.parametrize(("scope", "status"), [("metrics:read", 200), ("health:read", 403)])
    def test_a_token_needs_the_scope_whatever_its_user_may_do(
        self, scope: str, status: int
    ) -> None:
        assert ask(headers=token(scope))[0] == status

    def test_other_methods_are_refused(self) -> None:
        assert ask(headers=token("metrics:read"), method="POST")[0] == 405

    def test_head_gives_the_headers_alone(self) -> None:
        status, headers, body = ask(headers=token("metrics:read"), method="HEAD")
        assert (status, body) == (200, b"")
        assert int(headers["content-length"]) > 0


def test_both_formats_are_spoken() -> None:
    asked = token("metrics:read")
    _, plain, body = ask(headers=asked)
    assert plain["content-type"].startswith("text/plain; version=0.0.4")
    assert list(prometheus(body.decode()))
    accept = (b"accept", b"application/openmetrics-text; version=1.0.0")
    _, negotiated, body = ask(headers=[*asked, accept])
    assert negotiated["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert list(open_metrics(body.decode()))
    assert "no-store" in negotiated["cache-control"]


def test_calls_are_counted_by_operation_transport_and_outcome() -> None:
    ask("/api/greeter/say-hello?name=Ann")
    ask("/api/greeter/say-hello?name=Bob")
    ask("/api/greeter/say-hello")  # a parameter is missing
    found = metrics()
    ours = {"operation": "greeter.say_hello", "transport": "rest"}
    assert {labels["outcome"]: count for labels, count in found["hub_calls_total"]} == {
        "ok": 2.0,
        "refused": 1.0,
        "error": 0.0,
        "cancelled": 0.0,
    }
    assert all(labels.items() >= ours.items() for labels, _ in found["hub_calls_total"])
    assert found["hub_call_duration_seconds_count"] == [(ours, 3.0)]
    assert found["hub_call_duration_seconds_sum"][0][1] > 0
    assert found["hub_call_duration_seconds_bucket"][-1] == ({**ours, "le": "+Inf"}, 3.0)


def test_instances_renewals_and_brakes_are_told() -> None:
    for number in range(20):
        register(
            Registration(
                id=f"shop-{number}",
                component="shop",
                services=("inventory",),
                addresses={"rest": "http://10.0.0.1:8000"},
            ),
            source=Source.API,
        )
    Instance.objects.filter(pk__in=["shop-0", "shop-1"]).update(status="OUT_OF_SERVICE")
    InstanceLease.objects.update(registered_at=0.0)
    InstanceLease.objects.update(renewed_at=0.0)  # nothing was heard for long
    sweep()
    found = metrics()
    statuses = {labels["status"]: count for labels, count in found["hub_registry_instances"]}
    assert statuses["UP"] == 18.0
    assert statuses["OUT_OF_SERVICE"] == 2.0
    assert statuses["DOWN"] == 0.0
    assert found["hub_registry_renewals_expected"] == [({}, 120.0)]
    assert found["hub_registry_renewals_arrived"] == [({}, 0.0)]
    held = {labels["brake"]: holds for labels, holds in found["hub_registry_brake_holds"]}
    assert held == {"preservation": 1.0, "cap": 0.0, "protection": 0.0, "start": 0.0}
    Brake.objects.update(preserving=False, held_back=3)
    app._rows = SharedAnswer(lambda: rows.read(), thread="hub-metrics")
    User.objects.all().delete()
    held = {labels["brake"]: holds for labels, holds in metrics()["hub_registry_brake_holds"]}
    assert held["cap"] == 1.0


def test_components_are_told_by_state_in_living_processes() -> None:
    plugin = Plugin.objects.create(label="shops")
    Component.objects.create(name="shops.Shop", plugin=plugin)
    for number in range(2):
        process = Process.objects.create(name=f"web-{number}", kind="web", host="here", pid=number)
        ComponentRow.objects.create(
            process=process, component_id="shops.Shop", state="RUNNING", since=timezone.now()
        )
    found = metrics()
    states = {
        labels["state"]: count
        for labels, count in found["hub_component_processes"]
        if labels["component"] == "shops.Shop"
    }
    assert states == {"VIRGIN": 0, "RUNNING": 2, "STOPPED": 0, "DRAINING": 0, "FAILED": 0}
    assert found["hub_processes"] == [({}, 2.0)]


def test_what_celery_did_is_told_whichever_process_answers() -> None:
    recorder = Recorder(period=None)
    recorder.in_celery = True
    recorder.record(CallRecord("shop.stock", "shop", "schedule", "ok", 200, 0.003))
    recorder.record_outgoing(OutgoingCall("bells", "bell-1", "rest", None, 0.003))
    recorder.record_task("shop.sweep", status=200, seconds=0.003)
    recorder.record_task("shop.sweep", status=500, seconds=None)
    assert recorder.flush()
    found = metrics()
    call = {"operation": "shop.stock", "transport": "schedule"}
    outgoing = {"service": "bells", "channel": "rest"}
    happened = {
        name: [(labels, count) for labels, count in found[f"hub_{name}_total"] if count]
        for name in ("tasks", "celery_calls", "celery_outgoing_calls")
    }
    assert happened == {
        "tasks": [
            ({"task": "shop.sweep", "outcome": "ok"}, 1.0),
            ({"task": "shop.sweep", "outcome": "error"}, 1.0),
        ],
        "celery_calls": [({**call, "outcome": "ok"}, 1.0)],
        "celery_outgoing_calls": [({**outgoing, "outcome": "refused"}, 1.0)],
    }
    assert "hub_calls_total" not in found
    assert found["hub_task_duration_seconds_count"] == [({"task": "shop.sweep"}, 1.0)]
    assert found["hub_celery_call_duration_seconds_count"] == [(call, 1.0)]
    assert found["hub_celery_outgoing_call_duration_seconds_count"] == [(outgoing, 0.0)]


def test_without_the_database_the_process_tells_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> object:
        raise OperationalError("gone")

    ask("/api/greeter/say-hello?name=Ann")
    monkeypatch.setattr(rows, "_instances", gone)
    found = metrics()
    assert found["hub_database_readable"] == [({}, 0.0)]
    assert "hub_registry_instances" not in found
    assert found["hub_calls_total"]
    assert found["process_start_time_seconds"]
