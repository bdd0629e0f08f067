"""The tour's actions: called by name, through the whole pipeline."""

from __future__ import annotations

import pytest

from hub.sdk import Caller, Forbidden, InvalidInput, Unauthenticated
from hub.testing import call, check_examples
from plugins.greeter.actions import NumberStats, Who

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Caller(kind="token", user_id=1, username="ada", scopes=frozenset({"read", "flags"}))
ANYONE = Caller(kind="anonymous")


def test_examples_answer_what_they_promise() -> None:
    assert check_examples("greeter") == 2


def test_say_hello_greets_anyone() -> None:
    assert call("greeter.say_hello", as_caller=ANYONE, name="World") == "Hello World!"


def test_a_name_is_not_endless() -> None:
    with pytest.raises(InvalidInput):
        call("greeter.say_hello", name="x" * 101)


def test_only_for_root_wants_the_scope_root() -> None:
    with pytest.raises(Unauthenticated):
        call("greeter.only_for_root", as_caller=ANYONE)
    with pytest.raises(Forbidden) as caught:
        call("greeter.only_for_root", as_caller=ADA)
    assert caught.value.detail == {"missing_scope": "root"}
    assert call("greeter.only_for_root") == "You are root."


def test_who_am_i_tells_the_caller() -> None:
    assert call("greeter.who_am_i", as_caller=ADA) == Who("ada", "token", ["flags", "read"])


@pytest.mark.parametrize(
    ("value", "stats"),
    [
        (0, NumberStats(0, even=True, digits=1)),
        (-7, NumberStats(-7, even=False, digits=1)),
        (10**18, NumberStats(10**18, even=True, digits=19)),
    ],
)
def test_number_stats(value: int, stats: NumberStats) -> None:
    assert call("greeter.number_stats", as_caller=ANYONE, value=value) == stats


@pytest.mark.parametrize("value", [10**18 + 1, "many", None, 1.5])
def test_what_is_no_such_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        call("greeter.number_stats", value=value)
