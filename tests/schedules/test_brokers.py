"""The same code with a broker: ``celery worker``, killed with kill -9, and ``celery beat``."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import OperationalError

from tests.processes import ROOT, HubProcess, Program, clean_environment
from tests.schedules.clockwork import notes, wait_for_notes, write_plugin
from tests.schedules.test_embedded import call

pytestmark = pytest.mark.process

_BROKERS = {
    "RabbitMQ": "amqp://guest:guest@127.0.0.1:5672//",
    "Redis": "redis://127.0.0.1:6379/8",
}
# The hub's own settings; Redis is not waited for as long as in production.
_SETTINGS = """\
from hub.project.settings import *

if CELERY_BROKER_TRANSPORT_OPTIONS:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 4}
"""
_VISIBILITY_TIMEOUT = 4


@pytest.fixture(params=_BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a broker whose queue of tasks is empty."""
    address = _BROKERS[request.param]
    try:
        if request.param == "Redis":  # what a run that was killed itself has left unacknowledged
            with redis.Redis.from_url(address, socket_connect_timeout=2) as client:
                client.delete("unacked", "unacked_index", "unacked_mutex")
        with Connection(address, connect_timeout=2) as connection:
            channel = connection.default_channel
            channel.queue_declare("celery", durable=True, auto_delete=False)
            channel.queue_purge("celery")
            yield address
            channel.queue_purge("celery")
    except (OperationalError, AMQPError, OSError, redis.RedisError) as error:
        pytest.skip(f"no {request.param} on 127.0.0.1: {type(error).__name__}")


def celery(folder: Path, settings: dict[str, str], *arguments: str) -> Program:
    (folder / "short_wait.py").write_text(_SETTINGS)
    own = {"DJANGO_SETTINGS_MODULE": "short_wait", "PYTHONPATH": f"{ROOT}:{folder}"}
    command = [sys.executable, "-m", "celery", "-A", "hub.project.celery", *arguments]
    return Program(command, folder=folder, environment=clean_environment(**settings, **own))


def test_a_killed_worker_loses_no_task_and_beat_fires(tmp_path: Path, broker: str) -> None:
    settings = {
        **write_plugin(tmp_path),
        "CELERY_BROKER_URL": broker,
        "HUB_SECRET_KEY": "k" * 40,
        "HUB_PUBLIC_URL": "http://hub.example.com",
    }
    worker = ("worker", "--concurrency", "2", "--loglevel", "INFO")
    with HubProcess(tmp_path, settings=settings) as web:
        with celery(tmp_path, settings, *worker) as first:
            first.wait_for("ready.")
            call(web, "send", name="slow", number=20, seconds=0.3)
            wait_for_notes(tmp_path, "slow", 4)
            os.killpg(first.process.pid, signal.SIGKILL)
            first.process.wait()
        assert len(set(notes(tmp_path, "slow"))) < 20
        if broker.startswith("redis"):
            # A worker looks for what others left when it starts, and then every 100 s only.
            time.sleep(_VISIBILITY_TIMEOUT)
        with celery(tmp_path, settings, *worker) as second:
            lines = wait_for_notes(tmp_path, "slow", 20, timeout=200)
            duplicates = len(lines) - len(set(lines))
            assert duplicates <= 2, "no more than were running when it was killed"
            with celery(tmp_path, settings, "beat", "--loglevel", "INFO") as beat:
                wait_for_notes(tmp_path, "tick", 3)
                wait_for_notes(tmp_path, "chime", 1)
                assert beat.stop() == 0
            assert second.stop() == 0


def test_a_worker_that_stops_finishes_its_running_tasks(tmp_path: Path, broker: str) -> None:
    settings = {
        **write_plugin(tmp_path),
        "CELERY_BROKER_URL": broker,
        "HUB_SECRET_KEY": "k" * 40,
        "HUB_PUBLIC_URL": "http://hub.example.com",
    }
    worker = ("worker", "--concurrency", "3", "--loglevel", "INFO")
    with HubProcess(tmp_path, settings=settings) as web, celery(tmp_path, settings, *worker) as one:
        one.wait_for("ready.")
        call(web, "send", name="linger", number=2)
        wait_for_notes(tmp_path, "lingers", 2)
        assert one.stop() == 0, one.output
        assert len(notes(tmp_path, "lingered")) == 2
        assert one.failures == []
        assert unacknowledged(broker) == 0


def unacknowledged(broker: str) -> int:
    if broker.startswith("redis"):
        with redis.Redis.from_url(broker) as client:
            return int(client.hlen("unacked"))
    with Connection(broker) as connection:  # gives back what the worker had and did not acknowledge
        return int(connection.default_channel.queue_declare("celery", passive=True).message_count)
