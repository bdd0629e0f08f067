"""``run``: any operation from the command line, with the rights of the one it is run as."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from tests.cli.conftest import command

pytestmark = pytest.mark.django_db(transaction=True)


def test_parameters_one_by_one() -> None:
    assert command("run", "greeter.say_hello", "--name", "World").out == '"Hello World!"\n'
    assert command("run", "greeter.say_hello", "--name=007").json() == "Hello 007!"
    assert command("run", "greeter.number_stats", "--value", "-12").json() == {
        "value": -12,
        "even": True,
        "digits": 2,
    }


def test_parameters_as_json() -> None:
    assert command("run", "greeter.say_hello", "--json", '{"name": "Ä"}').json() == "Hello Ä!"
    both = command("run", "greeter.say_hello", "--json", '{"name": "A"}', "--name", "B")
    assert both.json() == "Hello B!"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["greeter.nothing"], "unknown_operation"),
        (["greeter.__class__"], "unknown_operation"),
        (["greeter.say_hello"], "missing"),
        (["greeter.say_hello", "--nme", "x"], "unknown_field"),
        (["greeter.say_hello", "World"], "bad_request"),
        (["greeter.number_stats", "--value", "many"], "int_parsing"),
        (["greeter.say_hello", "--json", "{"], "invalid_json"),
        (["greeter.say_hello", "--json", ""], "invalid_json"),
        (["greeter.say_hello", "--json", "[]"], "invalid_json"),
        (["greeter.say_hello", "--json", '{"name": NaN}'], "invalid_json"),
    ],
    ids=repr,
)
def test_wrong_input_is_a_message_and_no_output(words: list[str], code: str) -> None:
    done = command("run", *words)
    assert (done.out, f"[{code}]" in done.failure) == ("", True), done.failure


def test_a_wrong_field_is_named() -> None:
    failure = command("run", "greeter.number_stats", "--value", "many").failure
    assert "  value: Input should be a valid integer" in failure


def test_the_superuser_may_everything() -> None:
    assert command("run", "greeter.only_for_root").json() == "You are root."
    assert command("run", "greeter.who_am_i").json()["kind"] == "system"


def test_a_user_has_his_own_rights_only() -> None:
    get_user_model().objects.create_user("ada")
    for words in (
        ["greeter.only_for_root", "--as", "ada"],
        ["--as", "ada", "greeter.only_for_root"],
    ):
        done = command("run", *words)
        assert (done.out, "[forbidden]" in done.failure) == ("", True), done.failure
    assert command("run", "greeter.who_am_i", "--as", "ada").json()["username"] == "ada"


@pytest.mark.parametrize("user", ["nobody", "", "gone"])
def test_an_unknown_user_runs_nothing(user: str) -> None:
    get_user_model().objects.create_user("gone", is_active=False)
    done = command("run", "greeter.only_for_root", "--as", user)
    assert (done.out, done.failure) == ("", f"There is no active user '{user}'.")


def test_help_of_an_operation_lists_its_parameters() -> None:
    done = command("run", "greeter.number_stats", "--help")
    assert done.out == ""
    assert "greeter.number_stats: Tell a few things about a whole number." in done.err
    assert "--value  integer, required" in done.err
