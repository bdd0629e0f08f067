"""``--config`` and ``--set`` are taken out of any command and go on in the environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.operations.configuration.command_line import assignments, taken_out
from hub.operations.configuration.wrong import WrongSettings


def test_the_options_stand_anywhere_before_two_dashes() -> None:
    environment: dict[str, str] = {}
    words = ["--set", "a.b=1", "serve", "--config=x.toml", "--port", "1", "--set=c=", "--", "--set"]
    assert taken_out(words, environment) == ["serve", "--port", "1", "--", "--set"]
    assert environment["HUB_CONFIG"] == str(Path("x.toml").absolute())
    told = [(entry.path, entry.text) for entry in assignments(environment["HUB_SET"])]
    assert told == [(("a", "b"), "1"), (("c",), "")]


def test_what_was_inherited_stays_below() -> None:
    environment = {"HUB_SET": json.dumps(["a=1"])}
    taken_out(["check", "--set", "a=2"], environment)
    assert json.loads(environment["HUB_SET"]) == ["a=1", "a=2"]


def test_without_the_options_nothing_changes() -> None:
    environment: dict[str, str] = {}
    assert taken_out(["check", "--settings", "x"], environment) == ["check", "--settings", "x"]
    assert environment == {}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set"], "--set: takes key=value"),
        (["--set", "s3cret"], "--set: takes key=value"),
        (["--set", "=s3cret"], "--set: takes key=value"),
        (["--set", "a..b=s3cret"], "--set: takes key=value"),
        (["--config"], "--config: takes the name of a file"),
        (["--config="], "--config: takes the name of a file"),
    ],
)
def test_options_that_say_nothing_are_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        taken_out(words, {})
    assert sentence in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("text", ["{", "5", "[1]", "[" * 100_000, '["s3cret"]'])
def test_a_variable_that_is_no_list_of_assignments_is_refused(text: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        assignments(text)
    assert "s3cret" not in str(caught.value)
