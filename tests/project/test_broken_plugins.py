"""Plugins whose code Django imports by itself can't be isolated: the start names the way out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, clean_environment

pytestmark = pytest.mark.process

APPS = """
from hub.sdk import PluginConfig


class Config(PluginConfig):
    version = "1.0.0"
"""


def hub(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT), **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def plugin(folder: Path, label: str, **modules: str) -> None:
    package = folder / "plugins" / label
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for name, text in {"apps": APPS, **modules}.items():
        (package / f"{name}.py").write_text(text)


@pytest.mark.parametrize(
    ("models", "kind"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("class :", "SyntaxError"),
        ("from django.contrib.auth import nothing_here", "ImportError"),
    ],
)
def test_broken_models_name_the_plugin_and_the_switch(
    tmp_path: Path, models: str, kind: str
) -> None:
    plugin(tmp_path, "broken", models=models)
    done = hub(tmp_path, "check")
    first, second, *rest = done.stderr.splitlines()
    assert done.returncode == 1
    assert first.startswith(f"hub: the plugin 'broken' (plugins.broken) can't be loaded: {kind}")
    assert second.endswith("HUB_EXCLUDE_PLUGINS=broken")
    assert any("Traceback" in line for line in rest)


def test_with_the_switch_the_hub_starts_without_the_plugin(tmp_path: Path) -> None:
    plugin(tmp_path, "broken", models="1 / 0")
    done = hub(tmp_path, "check", HUB_EXCLUDE_PLUGINS="broken")
    assert done.returncode == 0, done.stderr


def test_strict_refuses_to_serve_with_a_plugin_that_does_not_run(tmp_path: Path) -> None:
    plugin(tmp_path, "halved", actions="1 / 0")
    done = hub(tmp_path, "serve", HUB_STRICT="true")
    assert done.returncode == 1
    assert "halved" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert not (tmp_path / "var" / "prepare.lock").exists()
