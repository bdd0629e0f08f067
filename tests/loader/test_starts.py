"""What a plugin's start costs, step by step, and the telling of it."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from hub.loader.boot import catalog
from hub.loader.starts import Starts
from tests.loader.conftest import Shelf
from tests.processes import ROOT, clean_environment


def test_every_step_of_a_plugin_is_measured(shelf: Shelf) -> None:
    shelf.plugin("stock", actions="", health="")
    cost = shelf.loaded("stock").cost
    assert [step.name for step in cost.steps] == ["manifest", "actions", "health"]
    assert cost.seconds == sum(step.seconds for step in cost.steps) > 0


def test_the_steps_of_django_are_measured_too() -> None:
    steps = {step.name for step in catalog().plugins["flags"].cost.steps}
    assert {"manifest", "models", "ready", "actions", "admin"} <= steps


def test_a_label_of_the_manifest_has_the_whole_cost(shelf: Shelf) -> None:
    shelf.plugin("stock", more='label = "shop"', actions="")
    assert [step.name for step in shelf.loaded("shop").cost.steps] == ["manifest", "actions"]


def test_a_step_that_fails_is_told_and_counted() -> None:
    out, starts = StringIO(), Starts()
    starts.tell(out)
    with pytest.raises(ZeroDivisionError), starts.step("stock", "actions"):
        _ = 1 / 0
    assert out.getvalue().startswith("  stock: actions failed after ")
    assert [step.name for step in starts.cost_of("stock").steps] == ["actions"]


@pytest.mark.process
def test_the_setting_has_a_start_told_on_stderr(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub", "check"],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(ROOT), HUB_TRACE_PLUGINS="1"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [line.rpartition(" ")[0] for line in done.stderr.splitlines()]
    steps = [line.rpartition(" ")[0] for line in told if line.startswith("  greeter: ")]
    assert steps[:3] == [f"  greeter: {step}" for step in ("manifest", "models", "ready")]
    assert {"  greeter: actions", "  greeter: operations"} <= set(steps)
