"""A process that forks while its threads hold locks, as a Celery worker does that replaces one of
its processes: the child has the locks, and no thread that would let them go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, clean_environment

FORKING = """
import asyncio, os, signal, threading, time, traceback

def in_child(use, lock=None):
    '''What becomes of a child that does ``use`` while another thread holds ``lock``.'''
    held, let_go = threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            let_go.wait()

    if lock is not None:
        threading.Thread(target=hold, daemon=True).start()
        held.wait()
    child = os.fork()
    if not child:
        try:
            use()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    ended, until = 0, time.monotonic() + 10
    while not ended and time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.005)
    let_go.set()
    if ended:
        return print("works" if status == 0 else "fails")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print("hangs")
"""
HUB = """
import logging
import django
django.setup()
from hub.logs.levels import Rule, levels
from hub.operations.configuration import current
from hub.schedules import messages, transport
from hub.sdk.contexts import context

def take_a_turn():
    with messages._turn():
        pass

def override_settings():
    with current.overridden(next(iter(current.slots()))):
        pass

def set_levels():
    levels.apply([Rule("hub.forked", logging.DEBUG, None)])
    assert logging.getLogger("hub.forked").level == logging.DEBUG
    levels.apply([])
    assert logging.getLogger("hub.forked").level == logging.NOTSET

async def send():
    transport._outside_of_event_loops(lambda: None)

current.slots()
asyncio.run(send())
"""
CLIENT = """
from hub.client.channels.registered import Channels
from hub.client.choosing.in_turn import Weighted
from hub.client.discovery.snapshot import Endpoint
from hub.client.resilience.traffic import ServiceTraffic
from hub.client.settings import ClientSettings
from hub.client.tokens import Tokens

endpoint = Endpoint(instance="one", url="http://one/rpc", channel="dispatch-json", key="one")
channels, weighted = Channels(ClientSettings()), Weighted()
traffic, tokens = ServiceTraffic("inventory"), Tokens(lambda: "secret")
"""


IN_THE_HUB = {
    "settings": "override_settings, current._lock",
    "log levels": "set_levels, levels._lock",
    "the embedded broker": "take_a_turn, messages._one_at_a_time",
    "the consumer's bell": "transport.bell.ring, transport.bell._rung._cond",
    "the thread that sends for event loops": "lambda: asyncio.run(send())",
    "the context": "lambda: context.find(int), context._lock",
}
IN_A_CLIENT = {
    "its channels": 'lambda: channels.named("rest"), channels._lock',
    "turns": "lambda: weighted.choose([endpoint], None, None), weighted._lock",
    "traffic": "lambda: traffic.begin(endpoint), traffic._lock",
    "tokens": "tokens.header, tokens._lock",
}


@pytest.fixture(scope="module")
def in_the_hub(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return becomes_of_children(tmp_path_factory.mktemp("hub"), HUB, IN_THE_HUB)


@pytest.fixture(scope="module")
def in_a_client(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return becomes_of_children(tmp_path_factory.mktemp("client"), CLIENT, IN_A_CLIENT)


def becomes_of_children(folder: Path, program: str, uses: dict[str, str]) -> dict[str, str]:
    """By what they use. One process forks them all, one after the other."""
    forks = "\n".join(f"in_child({use})" for use in uses.values())
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{FORKING}{program}\n{forks}"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env=clean_environment(
            PYTHONPATH=str(ROOT), DJANGO_SETTINGS_MODULE="hub.project.settings"
        ),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    print(ran.stderr)  # of a child that fails
    return dict(zip(uses, ran.stdout.split(), strict=True))


@pytest.mark.parametrize("used", IN_THE_HUB)
def test_the_hub_goes_on_in_a_child(in_the_hub: dict[str, str], used: str) -> None:
    assert in_the_hub[used] == "works"


@pytest.mark.parametrize("used", IN_A_CLIENT)
def test_a_client_goes_on_in_a_child(in_a_client: dict[str, str], used: str) -> None:
    assert in_a_client[used] == "works"
