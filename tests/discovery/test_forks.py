"""A forked child has no threads of its parent: it follows anew, and is no member."""

from __future__ import annotations

import json
import subprocess
import sys

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
