"""``@action`` and the manifest only record; what can't be a declaration is refused at once."""

from __future__ import annotations

from typing import Any

import pytest

import hub.sdk
from hub.sdk import (
    Caller,
    PluginConfig,
    action,
    allow_all,
    authenticated,
    delete,
    get,
    patch,
    post,
    put,
)
from hub.sdk.actions import declaration_of
from hub.sdk.callers import CallContext


def greet(name: str) -> str:
    """Greet someone.

    In one language.
    """
    return f"Hello {name}!"


def test_the_function_stays_what_it_is() -> None:
    assert action()(greet) is greet
    assert greet("Ada") == "Hello Ada!"


def test_the_record_says_what_was_declared() -> None:
    declaration = declaration_of(action(get(), post("/greetings"), timeout=2)(greet))
    assert declaration is not None
    assert (declaration.name, declaration.timeout) == ("greet", 2)
    assert declaration.description == "Greet someone.\n\nIn one language."
    assert declaration.access is authenticated
    assert declaration.triggers == (get(), post("/greetings"))


def test_name_and_description_can_be_ones_own() -> None:
    declaration = declaration_of(action(name="hello", description="Hi.")(greet))
    assert declaration is not None
    assert (declaration.name, declaration.description) == ("hello", "Hi.")


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((greet,), {}, "with parentheses"),
        (("GET",), {}, "takes triggers such as get"),
        ((), {"access": "allow_all"}, "takes an access rule"),
        ((), {"access": allow_all.__class__}, "takes an access rule"),
        ((), {"timeout": 0}, "a number of seconds above 0"),
        ((), {"timeout": -1}, "a number of seconds above 0"),
        ((), {"timeout": float("nan")}, "a number of seconds above 0"),
        ((), {"timeout": float("inf")}, "a number of seconds above 0"),
        ((), {"timeout": "5"}, "a number of seconds above 0"),
        ((), {"name": "say hello"}, "An action's name is an identifier"),
        ((), {"name": "class"}, "An action's name is an identifier"),
    ],
)
def test_what_is_no_declaration_is_refused(
    arguments: tuple[Any, ...], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence):
        action(*arguments, **options)(greet)


def test_what_is_no_action_has_no_record() -> None:
    assert [declaration_of(value) for value in (5, None, len, "text")] == [None] * 4


def test_triggers_name_their_method() -> None:
    methods = [trigger().method for trigger in (get, post, put, patch, delete)]
    assert methods == ["GET", "POST", "PUT", "PATCH", "DELETE"]


def test_the_manifest_takes_its_names_from_the_package() -> None:
    made = type("Stock", (PluginConfig,), {"__module__": "plugins.stock_levels.apps"})
    assert (made.name, made.label, made.mount) == (
        "plugins.stock_levels",
        "stock_levels",
        "stock_levels",
    )
    assert (made.default, PluginConfig.default) == (True, False)


def test_a_manifest_made_from_another_has_its_own_names() -> None:
    first = type("First", (PluginConfig,), {"__module__": "one.apps", "mount": "first"})
    second = type("Second", (first,), {"__module__": "two.apps"})
    assert (second.label, second.mount) == ("two", "two")


def test_permissions_are_read_at_most_once() -> None:
    reads: list[int] = []

    def load() -> frozenset[str]:
        reads.append(1)
        return frozenset({"shop.add_item"})

    caller = Caller(kind="session", permission_loader=load)
    assert not caller.has_permission("shop.add_item")
    known = caller.with_permissions()
    assert known.with_permissions() is known
    assert known.has_permission("shop.add_item")
    assert reads == [1]
    assert "load" not in repr(known)


def test_no_time_is_left_after_the_deadline() -> None:
    context = CallContext(
        caller=Caller(kind="system"), operation="a.b", transport="test", request_id="", deadline=0
    )
    assert context.remaining() == 0.0


def test_the_api_is_what_is_named() -> None:
    assert sorted(hub.sdk.__all__) == list(hub.sdk.__all__)
    assert all(hasattr(hub.sdk, name) for name in hub.sdk.__all__)
