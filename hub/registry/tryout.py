"""Trying an operation from its form, with the operator's own rights."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.auth.models import User

from hub.operations.operation import Operation
from hub.operations.pipeline import invoke_sync
from hub.registry.schema_form import (
    Field,
    Filled,
    Kind,
    fields_of,
    read_form,
    show_form,
)
from hub.security.callers import caller_of_user
from hub.wire.errors import FieldError, HubError, InvalidInput

_LONGEST: Final = 100_000  # characters of a result that are shown


@dataclass(frozen=True, slots=True)
class Outcome:
    """``errors`` holds messages by the name of the field; those of no field are in ``others``."""

    seconds: float
    status: int = 200
    code: str = "ok"
    message: str = ""
    hint: str = ""
    result: str = ""
    cut: bool = False
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.code == "ok"

    @property
    def milliseconds(self) -> float:
        return self.seconds * 1000


@dataclass(frozen=True, slots=True)
class Input:
    """One field as it is drawn."""

    field: Field
    text: str
    null: bool
    errors: tuple[str, ...] = ()


def attempt(operation: Operation, user: User, filled: Filled) -> Outcome:
    """Call the operation as ``user``. Whatever happens is in the outcome."""
    if filled.errors:
        return unreadable(filled, operation.input.parameters)
    started = time.perf_counter()
    try:
        value = invoke_sync(
            operation,
            caller=caller_of_user(user, kind="session"),
            arguments=filled.arguments,
            transport="admin",
        )
        result = json.loads(operation.output.to_json(value))
    except HubError as error:
        return refused(error, time.perf_counter() - started, operation.input.parameters)
    return answered(result, time.perf_counter() - started)


def read(operation: Operation, posted: Mapping[str, str]) -> Filled:
    return read_form(fields_of(operation.input.json_schema), posted)


def inputs(
    operation: Operation, texts: Mapping[str, str] | None = None, outcome: Outcome | None = None
) -> list[Input]:
    """The form's inputs, filled with ``texts`` or the defaults. A secret is never shown again."""
    return inputs_of(fields_of(operation.input.json_schema), texts, outcome)


def inputs_of(
    fields: tuple[Field, ...],
    texts: Mapping[str, str] | None = None,
    outcome: Outcome | None = None,
) -> list[Input]:
    """The same for any form."""
    shown = show_form(fields, {}) if texts is None else texts
    errors = outcome.errors if outcome else {}
    return [
        Input(
            entry,
            "" if entry.kind is Kind.SECRET else shown.get(entry.key, ""),
            entry.null_key in shown,
            tuple(errors.get(entry.name, ())),
        )
        for entry in fields
    ]


def example_texts(operation: Operation, parameters: Mapping[str, Any]) -> dict[str, str]:
    """The texts that fill the form with an example."""
    return show_form(fields_of(operation.input.json_schema), parameters)


def command(operation: Operation, arguments: Mapping[str, Any]) -> str:
    """The same call on the command line, empty where a secret would be shown."""
    fields = fields_of(operation.input.json_schema)
    if any(entry.kind is Kind.SECRET for entry in fields):
        return ""
    words = ["hub", "run", operation.name]
    if arguments:
        words += ["--json", json.dumps(arguments, ensure_ascii=False)]
    return shlex.join(words)


def answered(result: Any, seconds: float) -> Outcome:
    """``result`` is of JSON values."""
    text = json.dumps(result, indent=2, ensure_ascii=False)
    return Outcome(seconds, result=text[:_LONGEST], cut=len(text) > _LONGEST)


def unreadable(filled: Filled, parameters: Collection[str]) -> Outcome:
    """Of a form that can't be read, so that nothing was called."""
    return refused(InvalidInput("The form can't be read.", filled.errors), 0.0, parameters)


def refused(error: HubError, seconds: float, parameters: Collection[str]) -> Outcome:
    """``parameters`` are the names of the form's fields."""
    by_field: dict[str, list[str]] = {}
    others: list[str] = []
    for entry in error.errors if isinstance(error, InvalidInput) else ():
        name = entry.field.partition(".")[0]
        if name in parameters:
            by_field.setdefault(name, []).append(_sentence(entry, name))
        else:
            others.append(_sentence(entry, ""))
    return Outcome(
        seconds,
        status=error.status,
        code=error.code,
        message=error.message,
        hint=error.hint,
        errors=by_field,
        others=tuple(others),
    )


def _sentence(entry: FieldError, name: str) -> str:
    inner = entry.field.removeprefix(name).removeprefix(".")
    return f"{inner}: {entry.message}" if inner else entry.message
