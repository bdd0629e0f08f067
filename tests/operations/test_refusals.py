"""A declaration that can't be an operation is left out alone, with a sentence that says why."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from hub.sdk import Caller, action, get
from hub.wire.signatures import type_hints
from tests.operations.conftest import operations_of, refusal

if TYPE_CHECKING:
    from fractions import Fraction


class Plain:
    pass


@dataclass
class Holder:
    plain: Plain


@dataclass
class Sheet:
    caller: Caller | int = dataclasses.field(default=1)


def takes_a_class(thing: Plain) -> None: ...
def takes_a_class_inside(thing: Holder) -> None: ...
def takes_a_list_of_classes(things: list[Plain]) -> None: ...
def takes_a_function(hook: Callable[[int], int]) -> None: ...
def takes_a_function_or_a_number(hook: Callable[[int], int] | int = 1) -> None: ...
def takes_a_caller_from_the_wire(sheet: Sheet) -> None: ...
def takes_callers_from_the_wire(callers: list[Caller]) -> None: ...
def answers_a_class() -> Plain: ...  # type: ignore[empty-body]
def takes_any_number(*numbers: int) -> None: ...
def takes_any_name(**names: int) -> None: ...
def takes_by_position(number: int, /) -> None: ...
def takes_untyped(number) -> None: ...  # type: ignore[no-untyped-def]
def takes_type_checking(number: Fraction) -> None: ...
def takes_nonsense(number: 1 / 0) -> None: ...  # type: ignore[valid-type]


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        (takes_a_class, ["the parameter 'thing'", "Plain"]),
        (takes_a_class_inside, ["the parameter 'thing'", "Holder", "Plain"]),
        (takes_a_list_of_classes, ["the parameter 'things'", "list[", "Plain"]),
        (takes_a_function, ["the parameter 'hook'", "Callable[[int], int]"]),
        (takes_a_function_or_a_number, ["the parameter 'hook'", "Callable[[int], int] | int"]),
        (takes_a_caller_from_the_wire, ["the parameter 'sheet'", "Sheet"]),
        (takes_callers_from_the_wire, ["the parameter 'callers'", "Caller"]),
        (answers_a_class, ["the result", "Plain"]),
        (takes_any_number, ["'*numbers: 'int''", "named one by one"]),
        (takes_any_name, ["'**names: 'int''", "named one by one"]),
        (takes_by_position, ["number", "named one by one"]),
        (takes_untyped, ["the parameter 'number' has no type"]),
        (takes_type_checking, ["'Fraction'", "TYPE_CHECKING", __name__]),
        (takes_nonsense, ["can't be resolved"]),
    ],
    ids=lambda entry: getattr(entry, "__name__", ""),
)
def test_the_sentence_names_parameter_and_type(
    function: Callable[..., Any], parts: list[str]
) -> None:
    reason = refusal(function)
    assert reason.startswith(f"shop.{function.__name__} is left out: ")
    assert all(part in reason for part in parts), reason


def test_the_other_actions_work() -> None:
    def works(number: int) -> int:
        return number

    operations = operations_of(takes_a_class, works, answers_a_class)
    assert list(operations.by_name) == ["shop.works"]
    assert [entry.name for entry in operations.refused] == [
        "shop.takes_a_class",
        "shop.answers_a_class",
    ]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/items/{nobody}", "names 'nobody', which is no parameter"),
        ("/items/{number}.json", "fills one segment"),
        ("/items/{number}/{number}", "is named once"),
        ("/items/{int:number}", "fills one segment"),
        ("/items/{number", "can't be a path"),
        ("/a b", "can't be a path"),
        ("/a?b=1", "can't be a path"),
        ("/a#b", "can't be a path"),
        ("/../up", "can't be a path"),
        ("/a//b", "can't be a path"),
        ("/größe", "can't be a path"),
        ("/a%20b", "can't be a path"),
    ],
)
def test_a_path_that_can_not_be_one_is_refused(path: str, sentence: str) -> None:
    @action(get(path))
    def item(number: int) -> int:
        return number

    assert sentence in refusal(item)


def test_injected_parameters_stand_in_no_path() -> None:
    @action(get("/{caller}"))
    def item(caller: Caller) -> int:
        return 1

    assert "'caller', which is no parameter" in refusal(item)


def test_an_error_in_a_types_own_hook_refuses_with_its_traceback() -> None:
    class Hooked:
        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
            raise ZeroDivisionError("in the hook")

    def takes_hooked(value: int) -> None: ...

    takes_hooked.__annotations__["value"] = Hooked
    assert "in the hook" in refusal(takes_hooked)


def test_types_of_an_enclosing_factory_are_found() -> None:
    @dataclass
    class Local:
        number: int

    def takes_local(value: Local) -> Local:
        return Local(value.number)

    assert type_hints(takes_local)["value"] is Local
    assert not operations_of(takes_local).refused
