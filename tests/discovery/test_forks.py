"""A forked child has no threads of its parent: it follows anew, and is no member."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, json, os, sys, time
from hub.client.discovery.following import Follower
from hub.client.discovery.membership import Membership
from hub.client.instances import Registration
from hub.client.registries.local import LocalRegistry

registry = LocalRegistry()
joined = Registration(
    id="one", component="stock", services=("inventory",), addresses={"rest": "http://one:1/api"}
)
member = Membership(registry, joined)
member.join()
follower = Follower(registry)
follower.snapshot("inventory", time.monotonic() + 10)
reading, writing = os.pipe()
child = os.fork()
if not child:
    known = follower.snapshot("inventory", time.monotonic()).resolve("inventory")
    two = Registration(
        id="two", component="stock", services=("inventory",), addresses={"rest": "http://two:1/api"}
    )
    asyncio.run(registry.register(two))
    end = time.monotonic() + 10
    while len(follower.known().resolve("inventory")) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    told = [
        [each.instance for each in known],
        sorted(each.instance for each in follower.known().resolve("inventory")),
        member.report().state,
    ]
    member.leave()
    told.append(sorted(each.id for each in asyncio.run(registry.watch()).instances))
    os.write(writing, json.dumps(told).encode())
    os._exit(0)
os.waitpid(child, 0)
print(os.read(reading, 10_000).decode())
member.leave()
follower.close()
"""

INHERITED = """
import asyncio, json, os, sys, time
from hub.client.discovery import following
from hub.client.discovery.following import Follower
from hub.client.instances import Registration
from hub.client.registries.local import LocalRegistry

LONG = 3600.0  # seconds, which nobody waits for

class MayHang(LocalRegistry):
    hangs = False

    async def watch(self, *arguments, **options):
        if self.hangs:
            await asyncio.Event().wait()
        return await super().watch(*arguments, **options)

def registration(name):
    return Registration(
        id=name, component="stock", services=("inventory", "orders"),
        addresses={"rest": f"http://{name}:1/api"},
    )

def asked(service, long=LONG):
    return told(follower.snapshot(service, time.monotonic() + long), service)

def asked_async(service, long=LONG):
    return told(asyncio.run(follower.asnapshot(service, time.monotonic() + long)), service)

def told(snapshot, service="inventory"):
    return [sorted(each.instance for each in snapshot.resolve(service)), snapshot.stale]

registry = MayHang()
lease = asyncio.run(registry.register(registration("one")))
follower = Follower(registry)
asked("inventory")
reading, writing = os.pipe()
child = os.fork()
if not child:
    asyncio.run(registry.deregister(lease))
    asyncio.run(registry.register(registration("two")))
    answers = [told(follower.known())]
    HERE
    os.write(writing, json.dumps(answers).encode())
    os._exit(0)
os.close(writing)
print(os.read(reading, 10_000).decode())
os.waitpid(child, 0)
follower.close()
"""
ONE_STALE, TWO = [["one"], True], [["two"], False]


def answers_in_child(*steps: str) -> list[object]:
    """First what is known there before the first question, then what each of ``steps`` adds."""
    program = INHERITED.replace("HERE", "; ".join(steps))
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    answers: list[object] = json.loads(ran.stdout)
    return answers


@pytest.mark.parametrize("ask", ["asked", "asked_async"])
def test_a_child_s_first_question_waits_for_the_registry(ask: str) -> None:
    first = f'answers.append({ask}("inventory"))'
    assert answers_in_child(first, first) == [ONE_STALE, TWO, TWO]


@pytest.mark.parametrize("ask", ["asked", "asked_async"])
def test_where_the_registry_is_away_a_child_goes_by_what_its_parent_knew(ask: str) -> None:
    answers = answers_in_child(
        "registry.go_away()",
        f'answers.append({ask}("inventory"))',
        f'answers.append({ask}("inventory"))',
        "registry.go_away(False)",
        f'answers.append({ask}("orders"))',  # of which the parent knew nothing
        f'answers.append({ask}("inventory"))',
    )
    assert answers == [ONE_STALE, ONE_STALE, ONE_STALE, TWO, TWO]


@pytest.mark.parametrize("ask", ["asked", "asked_async"])
def test_a_child_waits_for_a_registry_that_hangs_for_a_while_and_once(ask: str) -> None:
    answers = answers_in_child(
        "registry.hangs = True",
        f'answers.append({ask}("inventory", long=0.1))',  # keeps half of it for the call
        f"following._INHERITED = {float('1e9')}",
        f'answers.append({ask}("inventory"))',
    )
    assert answers == [ONE_STALE, ONE_STALE, ONE_STALE]


def test_a_child_follows_anew_with_what_was_known_and_is_no_member() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    known, later, state, there = json.loads(ran.stdout)
    assert known == ["one"]
    assert later == ["one", "two"]
    assert state == "left"
    assert there == ["one", "two"], "the child did not deregister its parent"


def test_a_program_that_forgets_to_stop_ends_all_the_same() -> None:
    program = """
import time
from hub.client.discovery.following import Follower
from hub.client.registries.local import LocalRegistry
Follower(LocalRegistry()).snapshot("inventory", time.monotonic() + 10)
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
