"""A misspelt ``HUB_…`` variable stops every command; those of others are passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub.project.environment import read_environment, variables
from hub.project.unknown_settings import READ_ELSEWHERE, is_link
from tests.processes import ROOT
from tests.project.test_broken_plugins import hub

MISSPELT = "hub: wrong setting: HUB_DATADIR: the hub has no such setting; did you mean "


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {*variables(), *READ_ELSEWHERE}:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.process
@pytest.mark.parametrize("command", ["serve", "runserver", "check", "config"])
def test_a_misspelt_variable_stops_every_command_and_the_near_one_is_named(
    tmp_path: Path, command: str
) -> None:
    done = hub(tmp_path, command, HUB_DATADIR="s3cret")
    assert done.returncode == 2
    assert done.stderr == f"{MISSPELT}'HUB_DATA_DIR'?\n"
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("HUB_DATABASE_URL", "did you mean 'DATABASE_URL'?"),
        ("HUB_DEBUGG", "did you mean 'HUB_DEBUG'?"),
        ("HUB_QQQQ", "if another program reads it, HUB_IGNORE_VARIABLES can name it"),
    ],
)
def test_the_sentence_helps_and_tells_no_value(
    monkeypatch: pytest.MonkeyPatch, name: str, hint: str
) -> None:
    monkeypatch.setenv(name, "s3cret")
    with pytest.raises(ImproperlyConfigured) as caught:
        read_environment()
    assert str(caught.value) == f"wrong setting: {name}: the hub has no such setting; {hint}"


def test_all_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_QQQQ", "1")
    monkeypatch.setenv("HUB_ZZZZ", "1")
    with pytest.raises(ImproperlyConfigured, match=r"HUB_QQQQ: .*; HUB_ZZZZ: "):
        read_environment()


def test_names_and_patterns_of_others_can_be_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_OWNER", "me")
    monkeypatch.setenv("HUB_CI_JOB", "7")
    monkeypatch.setenv("HUB_IGNORE_VARIABLES", "HUB_OWNER, HUB_CI_*")
    assert read_environment().ignore_variables == ("HUB_OWNER", "HUB_CI_*")
    monkeypatch.setenv("HUB_DATADIR", "/")
    with pytest.raises(ImproperlyConfigured, match=r"^wrong setting: HUB_DATADIR: [^;]*; did"):
        read_environment()


@pytest.mark.parametrize("name", ["hub_debug", "HUBS_X", "HUB_EMPTY", *sorted(READ_ELSEWHERE)])
def test_what_is_not_for_the_hub_is_passed_over(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "" if name == "HUB_EMPTY" else "1")
    read_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_SERVICE_HOST", "10.0.0.1"),
        ("HUB_SERVICE_PORT", "8000"),
        ("HUB_SERVICE_PORT_HTTP", "8000"),
        ("HUB_PORT", "tcp://10.0.0.1:8000"),
        ("HUB_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
        ("HUB_PORT_8000_TCP_PROTO", "tcp"),
        ("HUB_PORT_8000_TCP_PORT", "8000"),
        ("HUB_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("HUB_PORT_53_UDP_ADDR", "10.0.0.1"),
        ("HUB_WEB_SERVICE_HOST", "10.0.0.1"),
        ("HUB_WEB_PORT", "tcp://[fd00::1]:8000"),
        ("HUB_WEB_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
    ],
)
def test_links_of_containers_are_recognised(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    read_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_WEB_PORT", "8000"),
        ("HUB_PORT_TCP", "1"),
        ("HUB_SERVICE", "1"),
        ("HUBSERVICE_HOST", ""),
    ],
)
def test_what_only_resembles_a_link_is_none(name: str, value: str) -> None:
    assert not is_link(name, value)


def test_no_setting_is_taken_for_a_link() -> None:
    assert not [name for name in variables() if is_link(name, "")]


def test_what_is_read_elsewhere_is_documented() -> None:
    pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("docker/*")]
    text = "".join(page.read_text() for page in pages if page.is_file())
    assert [name for name in READ_ELSEWHERE if name not in text] == []
