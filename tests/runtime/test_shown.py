"""What operators see of lifespans and workers: rows, troubles of plugins, checks, admin pages."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from hub.loader.catalog import Contribution
from hub.operations import switches
from hub.operations.engine import Engine, engine
from hub.registry import troubles
from hub.registry.models import Plugin
from hub.registry.removal import carrying_out
from hub.registry.sync import sync
from hub.runtime import health
from hub.runtime.models import LifespanRow, Process, Worker, WorkerRow
from hub.runtime.reports import Reports
from hub.runtime.states import LifespanNow, LifespanState, WorkerNow, WorkerState
from hub.sdk import Restart, Status, worker
from hub.sdk.runtime import worker_declaration_of
from hub.wire.errors import Conflict
from tests.registry.catalogs import engine_of, plugin

pytestmark = pytest.mark.django_db

FAILED = LifespanNow(state=LifespanState.FAILED, error="OSError: no gas", trace="Traceback: here")


@worker(singleton=True, restart=Restart(initial=2, maximum=8))
async def sweep() -> None:
    """Sweep the floor."""


def house(*functions: Any) -> Engine:
    declared = [worker_declaration_of(function) for function in functions]
    contributions = tuple(
        Contribution("worker", f"greeter.{each.name}", __name__, each) for each in declared if each
    )
    made = plugin("greeter")
    object.__setattr__(made, "contributions", contributions)
    return engine_of(made)


def process(name: str = "one", **more: Any) -> Process:
    return Process.objects.create(name=name, kind="web", host="stove", pid=7, **more)


def runs(state: WorkerState, *, of: Process, name: str = "greeter.sweep", **more: Any) -> WorkerRow:
    return WorkerRow.objects.create(
        process=of,
        worker_id=name,
        plugin="greeter",
        state=state,
        since=timezone.now(),
        **more,
    )


def fails(of: Process, label: str = "greeter") -> LifespanRow:
    row = LifespanRow.objects.create(
        process=of,
        plugin=label,
        state="failed",
        since=timezone.now(),
        error="The lifespan did not start: OSError: no gas",
        trace="Traceback: here",
    )
    troubles.forget()
    return row


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_worker_rows_follow_the_code() -> None:
    assert sync(house(sweep))["workers"].created == ("greeter.sweep",)
    row = Worker.objects.get()
    assert (row.plugin_id, row.description, row.singleton) == ("greeter", "Sweep the floor.", True)
    assert row.restart == "after 2 s, doubled up to 8 s"
    assert sync(house(sweep))["workers"].changed == ()
    assert sync(house())["workers"].vanished == ("greeter.sweep",)
    assert sync(house(sweep))["workers"].returned == ("greeter.sweep",)


def test_what_is_reported_is_stored_once_and_told_again_when_others_removed_it() -> None:
    reports = Reports(process="me", kind="web")
    now = WorkerNow(state=WorkerState.RUNNING, error="bad \x00 \ud800", trace="x" * 50_000)
    reports._workers["greeter.sweep"] = ("greeter", now)
    reports._lifespans["greeter"] = FAILED
    reports._write(dict(reports._workers), dict(reports._lifespans), {})
    reports._write({}, {}, {})
    row = WorkerRow.objects.get()
    assert (row.state, row.error) == ("running", "bad \N{REPLACEMENT CHARACTER} ?")
    assert len(row.trace) == 20_001
    assert LifespanRow.objects.get().trace == "Traceback: here"
    Process.objects.all().delete()
    reports._write({}, {}, {})
    assert WorkerRow.objects.get().process_id == "me"
    reports._remove()
    assert not Process.objects.exists()
    assert not WorkerRow.objects.exists()


def test_processes_silent_for_an_hour_are_forgotten_when_another_comes() -> None:
    process("old", seen_at=timezone.now() - timedelta(hours=2))
    process("quiet", seen_at=timezone.now() - timedelta(minutes=2))
    Reports(process="me", kind="web")._write({}, {}, {})
    assert set(Process.objects.values_list("name", flat=True)) == {"me", "quiet"}


def test_a_failed_lifespan_degrades_its_plugin_and_those_that_require_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = engine_of(
        plugin("greeter"),
        plugin("shop", requires=("greeter>=0.1",)),
        plugin("till", requires=("shop",)),
    )
    monkeypatch.setattr("hub.runtime.troubles.catalog", lambda: made.catalog)
    sync(made)
    fails(process())
    by_label = {row.label: row for row in Plugin.objects.all()}
    assert {label: row.status for label, row in by_label.items()} == dict.fromkeys(
        ("greeter", "shop", "till"), "degraded"
    )
    (own,) = by_label["greeter"].problems
    assert own["message"] == "The lifespan did not start: OSError: no gas (in web process stove 7)"
    assert own["traceback"] == "Traceback: here"
    (required,) = by_label["shop"].problems
    assert required["message"] == "It requires 'greeter', whose lifespan does not run."
    assert by_label["till"].problems[0]["message"].startswith("It requires 'shop'")


def test_a_process_that_has_gone_degrades_nothing() -> None:
    sync(engine())
    fails(process(seen_at=timezone.now() - timedelta(minutes=1)))
    assert Plugin.objects.get(label="greeter").status == "running"


def test_the_command_plugins_tells_of_other_processes(capsys: pytest.CaptureFixture[str]) -> None:
    sync(engine())
    fails(process())
    out, err = StringIO(), StringIO()
    call_command("plugins", stdout=out, stderr=err)
    (greeter,) = [entry for entry in json.loads(out.getvalue()) if entry["label"] == "greeter"]
    assert greeter["state"] == "degraded"
    assert "OSError: no gas" in greeter["failures"][0]
    assert "Traceback: here" in err.getvalue()


def test_the_checks_are_degraded_while_something_fails() -> None:
    assert health.lifespans().status is Status.UP
    assert health.workers().status is Status.UP
    here = process()
    fails(here)
    runs(WorkerState.RUNNING, of=here, crashes=2, error="ValueError: dropped")
    assert health.lifespans().status is Status.DEGRADED
    found = health.workers()
    assert (found.status, found.output) == (
        Status.DEGRADED,
        "greeter.sweep: ValueError: dropped",
    )


@pytest.mark.parametrize(
    ("state", "crashes", "word"),
    [
        (WorkerState.RUNNING, 0, "running"),
        (WorkerState.RUNNING, 2, "failing"),
        (WorkerState.RESTARTING, 1, "restarting"),
        (WorkerState.WAITING, 0, "waiting"),
        (WorkerState.STUCK, 0, "stuck"),
    ],
)
def test_the_list_of_workers_says_how_each_is(
    root: Client, state: WorkerState, crashes: int, word: str
) -> None:
    sync(house(sweep))
    runs(state, of=process(), crashes=crashes, restarts=3, error="ValueError: dropped")
    page = root.get("/admin/runtime/worker/").content.decode()
    assert f'">{word}</span>' in page
    assert "greeter.sweep" in page
    assert "ValueError: dropped" in page


def test_the_page_of_a_worker_shows_each_process_and_the_traceback(root: Client) -> None:
    sync(house(sweep))
    runs(WorkerState.WAITING, of=process("one"))
    trace = "Traceback <here>"
    runs(WorkerState.FAILED, of=process("two"), crashes=1, error="ValueError: <b>", trace=trace)
    page = root.get("/admin/runtime/worker/greeter.sweep/change/").content.decode()
    assert "one process of all" in page
    assert "after 2 s, doubled up to 8 s" in page
    assert "Traceback &lt;here&gt;" in page
    assert "ValueError: &lt;b&gt;" in page
    assert page.count("stove 7") >= 2


def test_a_worker_is_paused_and_resumed_on_its_page(root: Client) -> None:
    sync(house(sweep))
    runs(WorkerState.RUNNING, of=process(), crashes=2, error="ValueError: dropped")
    page, pause = (f"/admin/runtime/worker/greeter.sweep/{word}/" for word in ("change", "pause"))
    assert "Pause</button>" in root.get(page).content.decode()
    told = root.post(pause, {"on": "0"}, follow=True).content.decode()
    assert "greeter.sweep is paused" in told
    assert "Resume</button>" in told
    assert '">paused</span>' in root.get("/admin/runtime/worker/").content.decode()
    assert Worker.objects.get().paused
    sync(house(sweep))
    assert Worker.objects.get().paused, "sync leaves to operators what is theirs"
    assert "is resumed" in root.post(pause, {"on": "1"}, follow=True).content.decode()
    assert not Worker.objects.get().paused
    notes = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(notes) == ["Paused.", "Resumed."]


def test_who_may_only_view_workers_does_not_pause_them() -> None:
    sync(house(sweep))
    user = User.objects.create_user("looker", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_worker"))
    client = Client()
    client.force_login(user)
    page, pause = (f"/admin/runtime/worker/greeter.sweep/{word}/" for word in ("change", "pause"))
    assert "Pause</button>" not in client.get(page).content.decode()
    assert client.post(pause, {"on": "0"}).status_code == 403
    assert not Worker.objects.get().paused


def test_the_page_of_a_process_shows_what_runs_in_it(root: Client) -> None:
    sync(house(sweep))
    here = process()
    fails(here)
    runs(WorkerState.RUNNING, of=here)
    page = root.get("/admin/runtime/process/one/change/").content.decode()
    assert "OSError: no gas" in page
    assert "greeter.sweep" in page
    listed = root.get("/admin/runtime/process/").content.decode()
    assert "1 failed" in listed
    assert "1 running" in listed


def test_the_page_of_the_plugin_shows_the_traceback(root: Client) -> None:
    sync(engine())
    fails(process())
    page = root.get("/admin/registry/plugin/greeter/change/").content.decode()
    assert "OSError: no gas" in page
    assert "Traceback: here" in page
    assert "degraded" in page


def test_the_start_page_lists_failing_workers(root: Client) -> None:
    sync(house(sweep))
    runs(WorkerState.RESTARTING, of=process(), crashes=4, error="ValueError: dropped")
    page = root.get("/admin/").content.decode()
    assert "Crashed 4 times in a row: ValueError: dropped" in page


def test_lists_ask_no_more_for_more_rows(root: Client, django_assert_max_num_queries: Any) -> None:
    sync(house(sweep))
    for number in range(6):
        runs(WorkerState.RUNNING, of=process(f"p{number}"))
    for address in ("/admin/runtime/worker/", "/admin/runtime/process/"):
        with django_assert_max_num_queries(14):
            assert root.get(address).status_code == 200


def test_who_may_not_view_is_refused() -> None:
    client = Client()
    client.force_login(User.objects.create_user("nora", is_staff=True))
    assert client.get("/admin/runtime/worker/").status_code == 403
    assert client.get("/admin/runtime/process/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_plugin_that_does_not_stop_is_not_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "_PATIENCE", 0.0)
    switches.forget()
    sync(engine())
    place = process()
    LifespanRow.objects.create(
        process=place, plugin="greeter", state="started", since=timezone.now()
    )
    runs(WorkerState.STUCK, of=place)
    named = "the worker greeter.sweep in stove 7, the lifespan in stove 7"
    with pytest.raises(Conflict, match=f"this of it has not stopped: {named}") as caught:
        carrying_out.remove("greeter")
    assert caught.value.code == "still_running"
    assert Plugin.objects.filter(pk="greeter").exists()
    assert "greeter" in switches.off()
    place.delete()
    carrying_out.remove("greeter")
    assert not Plugin.objects.filter(pk="greeter").exists()
    switches.forget()
