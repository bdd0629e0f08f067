"""A process whose event loop stands still is found, shown, killed and replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import HubProcess, answer
from tests.serving.conftest import eventually, in_background, pids

pytestmark = pytest.mark.process

_BLOCKS = """

@action(get(), access=allow_all)
async def block() -> str:
    stand_still()
    return "never"


def stand_still() -> None:
    while True:
        time.sleep(0.1)
"""


def test_a_process_that_hangs_is_shown_killed_and_replaced(tmp_path: Path, probe: Path) -> None:
    with (probe / "actions.py").open("a") as actions:
        actions.write(_BLOCKS)
    settings = {"HUB_HANG_TIMEOUT": "2"}
    with HubProcess(tmp_path, "--workers", "2", settings=settings) as hub:
        before = eventually(lambda: len(found := pids(hub)) == 2 and found)
        in_background(lambda: answer(f"{hub.url}/api/probe/block", timeout=60))
        hub.wait_for("died (killed by SIGKILL).")
        now = eventually(lambda: len(found := pids(hub)) == 2 and found)
        (hung,) = before - now
        assert f"Process {hung} hangs: its event loop has stood still for 2 seconds." in hub.output
        shown = hub.output.index("in stand_still")
        assert shown < hub.output.index(f"Process {hung} died")
        assert hub.output.count(" hangs: ") == 1  # the other one was let be
        assert hub.stop() == 0, hub.output
