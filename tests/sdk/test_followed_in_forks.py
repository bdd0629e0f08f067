"""A process that forks while one of its threads reads a followed value, as Celery's workers do."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, threading, time
from hub.sdk.followed import Followed

reads, go_on = threading.Event(), threading.Event()

def read(previous):
    if os.getpid() == parent:
        reads.set()
        go_on.wait()
    return os.getpid()

parent = os.getpid()
followed = Followed(read)
reader = threading.Thread(target=followed.get)
reader.start()
reads.wait()
child = os.fork()
if not child:
    os._exit(0 if followed.get() == os.getpid() else 1)
ended, until = 0, time.monotonic() + 20
while not ended and time.monotonic() < until:
    ended, status = os.waitpid(child, os.WNOHANG)
    time.sleep(0.01)
if not ended:
    os.kill(child, 9)
go_on.set()
reader.join()
print("read" if ended and status == 0 else "hangs")
"""


def test_a_child_waits_for_no_thread_of_its_parent() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "read", "")
