"""A worker that is told to stop waits for its running tasks, and for nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from celery import current_app
from celery.worker import state

from hub.schedules.models import Message
from tests.processes import ROOT, HubProcess, Program, clean_environment
from tests.schedules.clockwork import notes, wait_for_notes, write_plugin
from tests.schedules.test_embedded import call, rows

LONG = 3600.0  # seconds, which no test waits for
ENDS = 20.0  # seconds in which what is told to end has ended, on the slowest of machines

SIGNALS = """
import sys, threading, time
from billiard import pool
from celery import signals
from kombu.asynchronous import Hub, set_event_loop
from hub.schedules import stopping

def ready():
    signals.worker_ready.send(sender="here")

def told():
    signals.worker_shutting_down.send(sender="here", sig="TERM", how="Warm", exitcode=0)

stopping.connect()
"""
LOOP = f"""{SIGNALS}
loop = Hub()
loop.call_later({LONG}, print)
set_event_loop(loop)
ready()
{{happens}}
waiting = threading.Thread(target=lambda: next(loop.create_loop()), daemon=True)
waiting.start()
told()
waiting.join({ENDS})
print("waits" if waiting.is_alive() else "woken")
"""
PROCESS = f"""{SIGNALS}
signals.worker_process_shutdown.send(sender="here", pid=1, exitcode=int(sys.argv[1]))
print("sleeps" if pool.time is time else "hurries")
"""


def printed(program: str, *arguments: str) -> str:
    """By a process of its own, where Celery's signals have no other receivers."""
    command = [sys.executable, "-c", program, *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.strip()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("told", ["should_stop", "should_terminate"])
def test_the_embedded_broker_keeps_no_worker_that_is_to_stop(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    current_app.send_task("waits")
    with current_app.connection_for_read("hubdatabase://") as connection:
        channel = connection.default_channel
        consumer = current_app.amqp.TaskConsumer(channel, accept=["json"])
        consumer.consume()
        monkeypatch.setattr(state, told, 0)
        ended = threading.Event()

        def drain() -> None:
            try:
                connection.drain_events(timeout=LONG)
            except TimeoutError:
                ended.set()

        threading.Thread(target=drain, daemon=True).start()
        assert ended.wait(ENDS)
    assert Message.objects.get().deliveries == 0, "it is left for another worker"


@pytest.mark.parametrize("happens", ["", "loop.reset(); ready()"], ids=["", "reconnected"])
def test_an_event_loop_that_waits_is_woken_when_the_worker_is_to_stop(happens: str) -> None:
    assert printed(LOOP.format(happens=happens)) == "woken"


def test_without_an_event_loop_nothing_is_to_be_woken() -> None:
    assert (
        printed(f"{SIGNALS}\nset_event_loop(None); ready(); told(); print('goes on')") == "goes on"
    )


@pytest.mark.parametrize(
    ("code", "does"), [(os.EX_OK, "hurries"), (155, "sleeps")], ids=["stopped", "replaced"]
)
def test_a_process_ends_at_once_when_the_worker_stops_and_not_when_it_is_replaced(
    code: int, does: str
) -> None:
    assert printed(PROCESS, str(code)) == does


@pytest.mark.process
def test_a_worker_on_the_embedded_broker_finishes_its_running_tasks(tmp_path: Path) -> None:
    settings = write_plugin(tmp_path)
    command = [sys.executable, "-m", "celery", "-A", "hub.project.celery", "worker"]
    options = ["--concurrency", "2", "--loglevel", "INFO"]
    environment = clean_environment(PYTHONPATH=str(ROOT), **settings)
    with (
        HubProcess(tmp_path, "--no-worker", settings=settings) as web,
        Program([*command, *options], folder=tmp_path, environment=environment) as worker,
    ):
        worker.wait_for("ready.")
        call(web, "send", name="linger", number=1)
        wait_for_notes(tmp_path, "lingers", 1)
        assert worker.stop() == 0, worker.output
        assert len(notes(tmp_path, "lingered")) == 1
        assert worker.failures == []
        waiting = "SELECT COUNT(*) FROM schedules_message WHERE payload LIKE '%linger%'"
        assert rows(tmp_path, waiting) == [(0,)]
