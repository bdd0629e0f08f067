"""Cycles and unknown names, as the one who starts the hub meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project.test_broken_plugins import APPS, hub, plugin

pytestmark = pytest.mark.process

REQUIRING = APPS + "    requires_plugins = ('{other}',)\n"
CIRCLE = """
from __future__ import annotations

from hub.sdk import provide


@provide()
class Hen:
    def __init__(self, egg: Egg) -> None: ...


@provide()
class Egg:
    def __init__(self, hen: Hen) -> None: ...
"""


def test_cycles_refuse_their_plugins_alone_and_strict_stops_the_start(tmp_path: Path) -> None:
    plugin(tmp_path, "left", apps=REQUIRING.format(other="right"))
    plugin(tmp_path, "right", apps=REQUIRING.format(other="left"))
    plugin(tmp_path, "farm", providers=CIRCLE)
    done = hub(tmp_path, "plugins")
    assert done.returncode == 0
    listed = {entry["label"]: entry for entry in json.loads(done.stdout)}
    states = {label: listed[label]["state"] for label in ("left", "right", "farm", "greeter")}
    assert states == {
        "left": "refused",
        "right": "refused",
        "farm": "refused",
        "greeter": "running",
    }
    assert "form a cycle" in listed["left"]["failures"][0]
    assert "Hen → Egg → Hen" in " ".join(listed["farm"]["failures"])
    strict = hub(tmp_path, "serve", "--port", "0", HUB_STRICT="true")
    assert strict.returncode == 1
    assert "form a cycle" in strict.stderr
    assert "Hen → Egg → Hen" in strict.stderr


@pytest.mark.parametrize("setting", ["HUB_ONLY_PLUGINS", "HUB_EXCLUDE_PLUGINS"])
def test_an_unknown_plugin_stops_the_start_and_the_nearest_is_named(
    tmp_path: Path, setting: str
) -> None:
    done = hub(tmp_path, "serve", "--port", "0", **{setting: "greter"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"hub: wrong setting: {setting} names 'greter', and there is no such plugin; "
        "did you mean 'greeter'?\n"
    )
    assert not (tmp_path / "var" / "hub.sqlite3").exists()
