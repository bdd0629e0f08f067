"""Each fault, as the one who starts the hub meets it: exit code and sentence."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, HubProcess, answer, clean_environment

pytestmark = pytest.mark.process

APPS = """
from hub.sdk import PluginConfig


class Config(PluginConfig):
    version = "1.0.0"
    requires_plugins = {requires}
"""

CONFIG = """
from pydantic import Field, SecretStr

from hub.sdk import PluginSettings


class Settings(PluginSettings):
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    ports: list[int] = []
    api_key: SecretStr | None = None


def on_settings_changed(old, new):
    with open("told", "a") as file:
        file.write(f"{old.currency} {new.currency}\\n")
"""

ACTIONS = """
from hub.sdk import action, allow_all, get

from .config import Settings


@action(get(), access=allow_all)
async def currency() -> str:
    return Settings.current().currency
"""


def hub(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT), XDG_CONFIG_HOME=str(folder), **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def plugin(folder: Path, label: str, requires: str = "()", **modules: str) -> None:
    package = folder / "plugins" / label
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for name, text in {"apps": APPS.format(requires=requires), **modules}.items():
        (package / f"{name}.py").write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plugin(tmp_path, "shop", config=CONFIG, actions=ACTIONS)
    return tmp_path


@pytest.mark.parametrize(
    ("content", "arguments", "settings", "sentence"),
    [
        (
            "default_timeot = 5",
            [],
            {},
            "hub.toml line 1: the hub has no setting 'default_timeot'; did you mean",
        ),
        ("\ndefault_timeout = 'x'", [], {}, "hub.toml line 2: default_timeout must be float: "),
        ("debug = [", [], {}, "hub.toml: is not TOML: "),
        (
            "[plugins.shp]\n",
            [],
            {},
            "hub.toml line 1: there is no plugin 'shp'; did you mean 'shop'?",
        ),
        ("plugins = 1", [], {}, "hub.toml line 1: plugins must be a table"),
        ("", ["--config", "no.toml"], {}, "no.toml: can't be read (no such file or directory)"),
        ("", ["--set", "debug=perhaps"], {}, "--set debug: debug must be bool: "),
        (
            "",
            ["--set", "debg=1"],
            {},
            "--set debg: the hub has no setting 'debg'; did you mean 'debug'?",
        ),
        (
            "",
            ["--set", "shp.x=1"],
            {},
            "--set shp.x: there is no plugin 'shp'; did you mean 'shop'?",
        ),
        ("", ["--set"], {}, "--set: takes key=value"),
        ("", [], {"HUB_PLUGINS__SHP__X": "1"}, "HUB_PLUGINS__SHP__X: there is no plugin 'shp'"),
        ("", [], {"HUB_SET": "x"}, "HUB_SET: must be a JSON list"),
    ],
)
def test_a_fault_of_the_whole_ends_the_start_with_2_and_a_sentence(
    folder: Path, content: str, arguments: list[str], settings: dict[str, str], sentence: str
) -> None:
    (folder / "hub.toml").write_text(content)
    done = hub(folder, "serve", "--port", "0", *arguments, **settings)
    assert done.returncode == 2
    assert done.stderr.startswith(f"hub: wrong setting: {sentence}"), done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_fault_of_a_plugin_refuses_it_and_those_that_require_it(folder: Path) -> None:
    plugin(folder, "basket", requires="('shop',)")
    (folder / "shop.toml").write_text("currency = 5\ncurency = 'EUR'\nports = 'x'\n")
    assert hub(folder, "migrate", "--verbosity", "0").returncode == 0
    done = hub(folder, "plugins", HUB_PLUGINS__SHOP__API_KEY="s3cret")
    assert done.returncode == 0
    plugins: dict[str, Any] = {entry["label"]: entry for entry in json.loads(done.stdout)}
    assert {label: plugins[label]["state"] for label in ("shop", "basket", "greeter")} == {
        "shop": "refused",
        "basket": "refused",
        "greeter": "running",
    }
    assert plugins["shop"]["contributions"] == []
    (sentence,) = (_message(entry) for entry in plugins["shop"]["failures"])
    assert "shop.toml line 1: plugins.shop.currency must be str: " in sentence
    assert "shop.toml line 2: there is no setting 'plugins.shop.curency'" in sentence
    assert "did you mean 'currency'?" in sentence
    assert "shop.toml line 3: plugins.shop.ports must be list[int]: " in sentence
    (sentence,) = (_message(entry) for entry in plugins["basket"]["failures"])
    assert sentence == "it requires 'shop', which is refused."
    checked = hub(folder, "config", "check", HUB_PLUGINS__SHOP__API_KEY="s3cret")
    assert checked.returncode == 1
    assert "shop.toml line 1" in checked.stderr
    assert "s3cret" not in f"{done.stdout}{done.stderr}{checked.stdout}{checked.stderr}"


def test_strict_stops_the_start_for_a_plugins_settings(folder: Path) -> None:
    done = hub(folder, "serve", "--port", "0", "--set", "shop.currency=euro", HUB_STRICT="1")
    assert done.returncode == 1
    assert "--set shop.currency: plugins.shop.currency must be str" in done.stderr


def test_settings_of_a_plugin_that_has_none_are_a_fault(folder: Path) -> None:
    done = hub(folder, "config", "check", "--set", "flags.x=1")
    assert done.returncode == 1
    assert "--set flags.x: the plugin 'flags' has no settings" in done.stderr


def test_show_prints_values_with_sources_and_no_secrets(folder: Path) -> None:
    (folder / "hub" / "shop.toml").parent.mkdir()
    (folder / "hub" / "shop.toml").write_text("ports = [1]\n")  # the user's folder
    (folder / "hub.toml").write_text("default_timeout = 5\n")
    settings = {"HUB_PLUGINS__SHOP__API_KEY": "s3cret", "HUB_ADMIN_PASSWORD": "s3cret-too"}
    done = hub(folder, "config", "show", "--json", "--set", "shop.currency=USD", **settings)
    assert done.returncode == 0, done.stderr
    shown = {entry["key"]: (entry["value"], entry["source"]) for entry in json.loads(done.stdout)}
    assert shown["default_timeout"] == (5.0, "hub.toml line 1")
    assert shown["plugins.shop.currency"] == ("USD", "--set shop.currency")
    assert shown["plugins.shop.ports"] == ([1], "hub/shop.toml line 1")
    assert shown["plugins.shop.api_key"] == ("*" * 10, "HUB_PLUGINS__SHOP__API_KEY")
    text = hub(folder, "config", "show", "--plugin", "shop", **settings).stdout
    assert "plugins.shop.currency" in text
    assert "default_timeout" not in text
    assert "s3cret" not in done.stdout + text
    assert hub(folder, "config", "show", "--plugin", "nothing").returncode == 1
    assert hub(folder, "config", "check", **settings).returncode == 0


STORE = """
from hub.registry.models import Plugin
from hub.registry.plugin_settings import store
store(Plugin.objects.get(label="shop"), {"currency": "USD"}, user=None)
"""


def test_every_process_follows_the_admin_and_is_told(folder: Path) -> None:
    settings = {"HUB_DATA_DIR": str(folder / "var"), "HUB_CONFIG": "given.toml"}
    (folder / "given.toml").write_text("[plugins.shop]\ncurrency = 'AAA'\n")
    second = folder / "second"
    second.mkdir()
    for name in ("plugins", "given.toml"):
        (second / name).symlink_to(folder / name)
    with HubProcess(folder, settings=settings) as one, HubProcess(second, settings=settings) as two:
        places = [f"{process.url}/api/shop/currency" for process in (one, two)]
        assert [answer(place)[1] for place in places] == [b'"AAA"', b'"AAA"']
        assert hub(folder, "shell", "-c", STORE, **settings).returncode == 0
        for place, process in zip(places, (one, two), strict=True):
            until(process.folder, "AAA USD\n", "told")
            assert answer(place)[1] == b'"USD"'


def until(folder: Path, word: str, path: str) -> None:
    deadline = time.monotonic() + 60
    file = folder / path
    while not file.exists() or word not in file.read_text():
        assert time.monotonic() < deadline, f"no {word!r} in {path}"
        time.sleep(0.1)


def _message(failure: Any) -> str:
    return str(failure["message"] if isinstance(failure, dict) else failure)
