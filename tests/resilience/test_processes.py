"""Instances that are real processes: killed, started anew, slow, and still somebody answers."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.client.calls import ConnectionLost, TimedOut
from hub.client.channels.registered import Channels
from hub.client.instances import Instance
from hub.client.methods import RemoteMethod
from hub.client.resilience.calling import Calling
from hub.client.resilience.traffic import Traffic
from hub.client.settings import ClientSettings
from tests.resilience.conftest import HARMLESS, ONCE, Known, call_of

pytestmark = pytest.mark.process

PROGRAM = Path(__file__).with_name("program.py")


class Running:
    def __init__(self, name: str, port: int = 0) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), name, str(port)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def instance(self, generation: int = 1) -> Instance:
        return Instance(
            id=self.name,
            component="stock",
            services=("shelf",),
            addresses={"dispatch-json": f"http://127.0.0.1:{self.port}/rpc"},
            generation=generation,
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="module")
def programs() -> Iterator[dict[str, Running]]:
    running = {name: Running(name) for name in ("a", "b", "c")}
    yield running
    for each in running.values():
        each.kill()


@pytest.fixture
def channels() -> Iterator[Channels]:
    made = Channels(ClientSettings())
    yield made
    made.close()


@dataclass
class Load:
    calling: Calling
    method: RemoteMethod
    answers: Counter[str] = field(default_factory=Counter)
    errors: list[Exception] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.done.is_set():
            try:
                self.answers[self.calling.call(call_of(self.method))] += 1
            except Exception as error:  # noqa: BLE001 - counted, and looked at by the tests
                self.errors.append(error)

    def answered(self, count: int) -> None:
        """Wait for so many further answers."""
        goal = self.answers.total() + count
        end = time.monotonic() + 30.0
        while self.answers.total() < goal:
            assert time.monotonic() < end, (self.answers, self.errors[:3])
            time.sleep(0.005)


@contextmanager
def under(calling: Calling, method: RemoteMethod, *, threads: int = 4) -> Iterator[Load]:
    load = Load(calling, method)
    running = [threading.Thread(target=load.run) for _ in range(threads)]
    for each in running:
        each.start()
    try:
        yield load
    finally:
        load.done.set()
        for each in running:
            each.join()


@pytest.mark.parametrize("method", [HARMLESS, ONCE], ids=["harmless", "once"])
def test_one_of_three_is_killed_and_comes_back(
    programs: dict[str, Running], channels: Channels, method: RemoteMethod
) -> None:
    known = Known()
    known.instances(*(each.instance() for each in programs.values()))
    calling = Calling(known, channels, Traffic(), channel="dispatch-json")
    with under(calling, method) as load:
        load.answered(100)
        programs["b"].kill()
        load.answered(200)
        failed, load.errors = load.errors, []
        load.answered(100)
        assert load.errors == [], "once it is left out no call fails"
        programs["b"] = Running("b", programs["b"].port)
        before = load.answers["b"]
        known.instances(
            programs["a"].instance(), programs["b"].instance(2), programs["c"].instance()
        )
        load.answered(100)
        assert load.answers["b"] > before, "traffic returns"
    # What was under way at that moment is lost, unless it may be done twice.
    assert all(isinstance(each, ConnectionLost) for each in failed)
    assert len(failed) <= (0 if method is HARMLESS else 4)


def test_a_slow_one_costs_the_deadline_and_no_more(
    programs: dict[str, Running], channels: Channels
) -> None:
    known = Known()
    known.instances(*(each.instance() for each in programs.values()))
    calling = Calling(known, channels, Traffic(), channel="dispatch-json")
    with pytest.raises(TimedOut):
        calling.call(call_of(HARMLESS, seconds=0.3, sku="slow"))
    answers = {calling.call(call_of()) for _ in range(50)}
    assert answers == {"a", "b", "c"}
