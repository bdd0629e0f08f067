"""What the embedded worker and beat cost and give: ``python -m tests.bench.schedules``.

Prints the latency of a task (sent to run), tasks a second, how late schedules fire with 5,000 of
them in the table, and the idle processor time and memory of ``serve`` with worker and beat.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.bench.processes import processor_seconds, resident_bytes
from tests.processes import HubProcess, answer

_APPS = """\
from hub.sdk import PluginConfig


class Clockwork(PluginConfig):
    version = "1.0"
    summary = "Made for the benchmark."
"""
_TASKS = """\
import time
from pathlib import Path

from celery import shared_task


@shared_task
def stamp(path: str, sent: float) -> None:
    with Path(path).open("a") as file:
        file.write(f"{time.time() - sent}\\n")
"""
_ACTIONS = """\
import json
import time

from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from hub.sdk import action, allow_all, get
from pathlib import Path

from .tasks import stamp


@action(get(), access=allow_all, timeout=300)
def spread(path: str, number: int, pause: float) -> str:
    for _ in range(number):
        stamp.delay(path, time.time())
        time.sleep(pause)
    return "sent"


@action(get(), access=allow_all, timeout=300)
def burst(path: str, number: int) -> str:
    started = time.time()
    for _ in range(number):
        stamp.delay(path, started)
    return str(number / (time.time() - started))


@action(get(), access=allow_all, timeout=300)
def fill(number: int, path: str) -> str:
    hours, _ = IntervalSchedule.objects.get_or_create(every=5, period="hours")
    second, _ = IntervalSchedule.objects.get_or_create(every=1, period="seconds")
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"idle {n}", task="none", interval=hours, last_run_at=timezone.now())
        for n in range(number)
    )
    PeriodicTask.objects.create(
        name="each second", task=stamp.name, interval=second, args=json.dumps([path, 0])
    )
    return "filled"


@action(get(), access=allow_all)
def empty() -> str:
    PeriodicTask.objects.all().delete()
    PeriodicTasks.update_changed()
    return "empty"
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        package = folder / "clocks" / "clockwork"
        package.mkdir(parents=True)
        for module, text in {
            "__init__": "", "apps": _APPS, "tasks": _TASKS, "actions": _ACTIONS
        }.items():  # fmt: skip
            (package / f"{module}.py").write_text(text)
        settings = {"HUB_PLUGIN_DIRS": str(package.parent), "HUB_LOG_LEVEL": "WARNING"}
        with HubProcess(folder, settings=settings) as hub:
            time.sleep(2)
            _measure(hub, folder)


def _measure(hub: HubProcess, folder: Path) -> None:
    _call(hub, f"spread?path={folder}/warm&number=20&pause=0.01")
    _call(hub, f"spread?path={folder}/spread&number=100&pause=0.05")
    late = sorted(_lines(folder / "spread", 100))
    print(f"latency p50 {statistics.median(late) * 1000:.1f} ms, p95 {late[94] * 1000:.1f} ms")
    sending = float(json.loads(_call(hub, f"burst?path={folder}/burst&number=1000")))
    took = max(_lines(folder / "burst", 1000))
    print(f"{1000 / took:.0f} tasks/s, sent at {sending:.0f}/s")
    print(f"memory {resident_bytes(hub.process.pid) / 2**20:.0f} MB with worker and beat")
    _call(hub, f"fill?number=5000&path={folder}/seconds")
    time.sleep(12)
    moments = [float(line) for line in (folder / "seconds").read_text().split()]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    print(f"5,000 schedules: each second fired every {min(gaps):.2f} to {max(gaps):.2f} s")
    _idle(hub, "5,000 schedules, one a second")
    _call(hub, "empty")
    time.sleep(2)
    _idle(hub, "idle")
    print(f"memory {resident_bytes(hub.process.pid) / 2**20:.0f} MB in the end")


def _idle(hub: HubProcess, what: str, seconds: float = 10) -> None:
    before = processor_seconds(hub.process.pid)
    time.sleep(seconds)
    used = (processor_seconds(hub.process.pid) - before) / seconds
    print(f"processor, {what}: {used:.1%} of a core")


def _call(hub: HubProcess, path: str) -> str:
    status, body = answer(f"{hub.url}/api/clockwork/{path}", timeout=300)
    assert status == 200, body
    return str(json.loads(body))


def _lines(path: Path, number: int, timeout: float = 120) -> list[float]:
    def read() -> list[float]:
        return [float(line) for line in path.read_text().split()] if path.exists() else []

    _wait_until(lambda: len(read()) >= number, timeout)
    return read()


def _wait_until(is_so: Callable[[], bool], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


if __name__ == "__main__":
    main()
