"""The tests in docs/testing.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.testing.stock import STOCK
from tests.testing.suites import run_pytest, write

PAGE = ROOT / "docs" / "testing.md"
_BLOCK = re.compile(r'^```python title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@pytest.mark.process
@pytest.mark.soak
def test_they_pass(tmp_path: Path) -> None:
    blocks = dict(_BLOCK.findall(PAGE.read_text()))
    plugin = {name: text for name, text in STOCK.items() if "/tests/test_" not in name}
    write(tmp_path, {**plugin, **blocks})
    done = run_pytest(tmp_path, "-v", HUB_ONLY_PLUGINS="stock")
    assert done.returncode == 0, done.stdout + done.stderr
    tests = re.findall(r"def (test_\w+)", "".join(blocks.values()))
    assert len(tests) >= 9
    for name in (*tests, "test_examples[mine-the_tester-websocket]"):
        assert f"::{name} PASSED" in done.stdout


def test_every_fixture_check_and_name_is_told() -> None:
    from hub.testing import plugin
    from hub.testing.contract import CHECKS

    text = PAGE.read_text()
    names = {*plugin.__all__, *CHECKS, "hub_plugins", "--hub-examples", "hub_examples"}
    assert [name for name in sorted(names) if f"`{name}" not in text and name not in text] == []
