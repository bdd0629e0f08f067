"""Rows follow the code, and nothing an operator wrote is lost."""

from __future__ import annotations

import json
import threading
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.loader.catalog import Failure
from hub.registry.models import Component, Operation, Plugin, Service
from hub.registry.sync import sync
from hub.sdk import Example, action, allow_all, get, post
from hub.sdk.components import CHANNELS
from tests.registry.catalogs import engine_of, plugin, refused

pytestmark = pytest.mark.django_db


@action(
    get("/soup/{kind}"), access=allow_all, examples=[Example("one", {"kind": "pea"}, result="x")]
)
def soup(kind: str) -> str:
    """Make soup.

    Takes a while.
    """
    return kind


@action(post(), timeout=2.5)
async def stew() -> None: ...


@action()
def odd(lock: threading.Event) -> None: ...


def test_the_first_sync_creates_every_row() -> None:
    changes = sync(engine_of(plugin("kitchen", soup, stew), plugin("empty")))
    assert changes["plugins"].created == ("empty", "kitchen")
    assert changes["operations"].created == ("kitchen.soup", "kitchen.stew")
    assert list(Service.objects.values_list("name", "plugin_id")) == [("kitchen", "kitchen")]
    component = Component.objects.get()
    assert (component.services, component.channels) == (["kitchen"], list(CHANNELS))


def test_an_operation_row_says_what_its_declaration_says() -> None:
    sync(engine_of(plugin("kitchen", soup, stew)))
    row = Operation.objects.get(name="kitchen.soup")
    assert (row.summary, row.access, row.timeout) == ("Make soup.", "everyone", 5.0)
    assert row.routes == [{"method": "GET", "path": "/api/kitchen/soup/{kind}"}]
    assert row.input_schema["properties"]["kind"]["type"] == "string"
    assert row.examples == [
        {"name": "one", "description": "", "parameters": {"kind": "pea"}, "result": "x"}
    ]
    assert Operation.objects.get(name="kitchen.stew").is_async


def test_a_second_sync_changes_nothing() -> None:
    sync(engine_of(plugin("kitchen", soup, stew, odd)))
    with CaptureQueriesContext(connection) as queries:
        changes = sync(engine_of(plugin("kitchen", soup, stew, odd)))
    assert all(not any(change.as_dict().values()) for change in changes.values())
    written = ("INSERT", "UPDATE", "DELETE")
    assert not [query for query in queries if query["sql"].startswith(written)]


def test_what_vanished_is_marked_and_may_return() -> None:
    sync(engine_of(plugin("kitchen", soup, stew)))
    changes = sync(engine_of(plugin("kitchen", soup)))
    assert changes["operations"].vanished == ("kitchen.stew",)
    row = Operation.objects.get(name="kitchen.stew")
    assert not row.present
    assert row.vanished_at is not None
    assert sync(engine_of(plugin("kitchen", soup)))["operations"].vanished == ()

    changes = sync(engine_of(plugin("kitchen", soup, stew)))
    assert changes["operations"].returned == ("kitchen.stew",)
    row.refresh_from_db()
    assert (row.present, row.vanished_at) == (True, None)


def test_operators_fields_survive_change_vanishing_and_return() -> None:
    sync(engine_of(plugin("kitchen", soup)))
    Plugin.objects.update(enabled=False, notes="Off for now.")
    first_seen = Plugin.objects.get().first_seen_at
    sync(engine_of(plugin("kitchen", soup, version="2.0")))
    sync(engine_of())
    changes = sync(engine_of(plugin("kitchen", soup, version="3.0")))
    row = Plugin.objects.get()
    assert changes["plugins"].returned == ("kitchen",)
    assert (row.version, row.enabled, row.notes) == ("3.0", False, "Off for now.")
    assert row.first_seen_at == first_seen


def test_failures_are_kept_with_their_tracebacks() -> None:
    broken = Failure("plugins.kitchen.api", "it is broken", "Traceback: …")
    sync(engine_of(plugin("kitchen", odd, failures=[broken]), refused("new", "it needs hub >=9")))
    row = Plugin.objects.get(label="kitchen")
    assert [entry["where"] for entry in row.failures] == ["plugins.kitchen.api", "kitchen.odd"]
    assert row.failures[0]["traceback"] == "Traceback: …"
    operation = Operation.objects.get()
    assert operation.state == "refused"
    assert "lock" in operation.reason
    assert Plugin.objects.get(label="new").state == "refused"


def test_texts_that_databases_refuse_do_not_stop_the_sync() -> None:
    sync(engine_of(refused("strange", "NUL \x00 and surrogate \ud800")))
    assert Plugin.objects.get().failures[0]["message"].startswith("NUL \N{REPLACEMENT CHARACTER}")


def test_the_number_of_queries_does_not_depend_on_the_rows() -> None:
    few = CaptureQueriesContext(connection)
    with few:
        sync(engine_of(*(plugin(f"few_{index}", soup, stew) for index in range(5))))
    many = CaptureQueriesContext(connection)
    with many:
        sync(engine_of(*(plugin(f"many_{index}", soup, stew) for index in range(60))))
    assert len(many) <= len(few) + 12  # vanished rows are marked, big batches are split


def test_the_command_prints_json_and_talks_on_stderr() -> None:
    out, err = StringIO(), StringIO()
    call_command("sync_hub", stdout=out, stderr=err)
    assert "registry" in json.loads(out.getvalue())["plugins"]["created"]
    assert "rows changed" in err.getvalue()
    out, err = StringIO(), StringIO()
    call_command("sync_hub", stdout=out, stderr=err)
    assert json.loads(out.getvalue())["plugins"]["created"] == []
    assert err.getvalue().strip() == "Nothing to change."


@pytest.mark.django_db(transaction=True)
def test_two_syncs_at_once_both_succeed() -> None:
    engine = engine_of(*(plugin(f"p{index}", soup, stew) for index in range(20)))
    barrier = threading.Barrier(2)
    created: list[int] = []

    def run() -> None:
        barrier.wait()
        try:
            created.append(len(sync(engine)["plugins"].created))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == [0, 20]
    assert Operation.objects.count() == 40
