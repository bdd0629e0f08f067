"""``plugins list | show | enable | disable | remove`` in this process."""

from __future__ import annotations

import pytest

from hub.operations import switches
from hub.operations.engine import engine
from hub.registry.models import Plugin
from hub.registry.sync import sync
from tests.cli.conftest import command

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rows() -> None:
    switches.forget()
    sync(engine())


def test_the_list_is_a_table_and_with_json_the_same_as_without_a_verb() -> None:
    head, *rows = command("plugins", "list").out.splitlines()
    assert head.split()[:5] == ["plugin", "version", "state", "switch", "start"]
    (greeter,) = [row.split() for row in rows if row.startswith("greeter")]
    assert greeter[2:4] == ["running", "on"]
    listed = command("plugins", "list", "--json").json()
    assert listed == command("plugins").json() == command("plugins", "--json").json()
    assert all(entry["start_ms"] > 0 for entry in listed)


def test_all_about_one() -> None:
    shown = command("plugins", "show", "greeter", "--json").json()
    steps = [step["step"] for step in shown["start"]]
    assert (steps[:2], steps[-1]) == (["manifest", "models"], "operations")
    assert {"kind": "websocket", "name": "/ws/greeter/echo"}.items() <= next(
        entry for entry in shown["contributions"] if entry["kind"] == "websocket"
    ).items()
    assert (shown["changes"], shown["required_by"]) == ([], [])
    told = command("plugins", "show", "greeter").out
    assert told.startswith("greeter 1.0.0: ")
    assert "  action         greeter.say_hello" in told


def test_switching_off_and_on() -> None:
    done = command("plugins", "disable", "greeter")
    assert (done.failure, "greeter is off." in done.err) == ("", True)
    assert "greeter" in switches.off()
    assert not Plugin.objects.get(pk="greeter").enabled
    assert "was off already" in command("plugins", "disable", "greeter").err
    assert "greeter is on." in command("plugins", "enable", "greeter").err
    assert switches.off() == frozenset()


def test_a_part_of_the_hub_stays_on() -> None:
    assert "can't be switched off" in command("plugins", "disable", "registry").failure


@pytest.mark.parametrize("verb", ["show", "enable", "disable", "remove"])
@pytest.mark.parametrize(
    ("name", "hint"), [("greter", "Did you mean 'greeter'?"), ("xyz", "There are: ")]
)
def test_an_unknown_name_is_an_error_with_the_nearest(verb: str, name: str, hint: str) -> None:
    failure = command("plugins", verb, name).failure
    assert f"There is no plugin '{name}'." in failure
    assert hint in failure


def test_an_unknown_verb_is_an_error() -> None:
    assert "invalid choice: 'erase'" in command("plugins", "erase", "greeter").failure


def test_the_dry_run_removes_nothing() -> None:
    done = command("plugins", "remove", "flags", "--json")
    (told,) = done.json()
    assert told["tables"]["flags_flag"] == 0
    assert told["obstacles"] == []
    assert "nothing has" in done.err
    assert Plugin.objects.filter(pk="flags").exists()
