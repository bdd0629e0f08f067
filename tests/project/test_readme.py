"""README and the tables of docs/ are true: they equal the code, and README's examples are run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from hub.project.environment import Environment, variables
from tests.processes import ROOT, HubProcess, clean_environment

README = (ROOT / "README.md").read_text()
SHELL = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
PASSWORD = "correct horse"

MAKE_FLAG = """
from plugins.flags.models import Flag, Variant
flag = Flag(key="new-checkout")
flag.save()
Variant(flag=flag, key="on", value=True).save()
Variant(flag=flag, key="off", value=False, position=1).save()
flag.ensure_states()
"""


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text()


def hub(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command ``hub``, whatever this environment has."""
    folder = tmp_path_factory.mktemp("programs")
    script = folder / "hub"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hub "$@"\n')
    script.chmod(0o755)
    return folder


def test_every_setting_is_in_its_table_with_default_and_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", page("settings"), re.MULTILINE)
    assert [(name, meaning) for name, _, meaning in rows] == list(variables().items())
    fields = {
        str(each.validation_alias.choices[0]): each for each in Environment.model_fields.values()
    }
    for name, shown, _ in rows:
        field = fields[name]
        nothing = field.default is None or field.default in ((), "")
        assert shown.strip("`").lower() == ("\u2013" if nothing else str(field.default).lower())


def test_every_command_of_the_hub_is_in_its_table() -> None:
    told = set(re.findall(r"^\| `hub (\w+)", page("commands"), re.MULTILINE))
    own = {name for name, app in get_commands().items() if app.startswith("hub.")}
    assert told == own


def test_every_check_is_documented() -> None:
    told = set(re.findall(r"^\| `hub\.[WE](\d+)`", page("checks"), re.M))
    sources = "\n".join(path.read_text() for path in (ROOT / "hub").rglob("*.py"))
    lines = "\n".join(re.findall(r"finding\((.+)", sources))
    numbered = re.findall(r'id="hub\.[WE](\d+)"', sources) + re.findall(r'"(\d{3})"', lines)
    assert told == set(numbered)


def test_every_link_to_a_file_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.process
@pytest.mark.parametrize("block", SHELL, ids=range(len(SHELL)))
def test_shell_examples_do_what_they_say(
    running_hub: HubProcess, programs: Path, block: str
) -> None:
    promised = re.findall(r"^# → (.+)$", block, re.MULTILINE)
    assert promised
    environment = clean_environment(PYTHONPATH=str(ROOT), HUB_ADMIN_PASSWORD=PASSWORD)
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(ADDRESS, running_hub.url)],
        cwd=running_hub.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rest = done.stdout
    for text in promised:
        _, found, rest = rest.partition(text)
        assert found, f"{text} is not in {done.stdout}"


@pytest.mark.process
def test_the_action_that_is_shown_works_in_a_new_plugin(tmp_path: Path) -> None:
    (code,) = [block for block in PYTHON if "plugins/weather/actions.py" in block]
    hub(tmp_path, "startplugin", "weather")
    (tmp_path / "plugins" / "weather" / "actions.py").write_text(code)
    hub(tmp_path, "migrate", "--verbosity", "0")
    assert json.loads(hub(tmp_path, "run", "weather.fahrenheit", "--celsius", "0")) == 32.0


@pytest.mark.process
def test_a_flag_is_read_with_openfeature(running_hub: HubProcess) -> None:
    folder = running_hub.folder
    hub(folder, "shell", "-c", MAKE_FLAG)
    switched = {"key": "new-checkout", "environment": "production", "enabled": True}
    hub(folder, "run", "flags.set_enabled", "--json", json.dumps(switched))
    made = hub(folder, "token", "create", "--user", "admin", "--scope", "flags:evaluate")
    (code,) = [block for block in PYTHON if "openfeature" in block]
    done = subprocess.run(
        [sys.executable, "-c", code.replace(ADDRESS, running_hub.url)],
        env=clean_environment(HUB_TOKEN=json.loads(made)["token"]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
