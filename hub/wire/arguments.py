"""A function's parameters as one object of arguments by name: the same on both sides of a call."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import typing_extensions
from pydantic import Field, TypeAdapter, with_config
from pydantic_core import to_jsonable_python

from hub.wire.aliases import read_what_is_written
from hub.wire.schemas import CONFIG, json_schema
from hub.wire.signatures import Undescribable, described

_EMPTY: Final = inspect.Parameter.empty
_BY_NAME: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)

# Made at run time, where type checkers know the form with literals only. Pydantic wants the one
# of typing_extensions on Python 3.11.
_typed_dict: Any = typing_extensions.TypedDict


@dataclass(frozen=True, slots=True)
class ArgumentTypes:
    """``fields`` are the types of what travels, ``hidden`` by parameter what fills it in."""

    fields: Mapping[str, Any]
    defaults: Mapping[str, Any]
    hidden: Mapping[str, str]


def argument_types(
    signature: inspect.Signature, hints: Mapping[str, Any], *, hidden: Callable[[Any], str]
) -> ArgumentTypes:
    """``hidden`` says of an annotation what fills such a parameter in, if anything.

    Raises :class:`Undescribable` for a parameter that can't be given by name, or has no type.
    """
    fields, defaults, filled = dict[str, Any](), dict[str, Any](), dict[str, str]()
    for parameter in signature.parameters.values():
        hint = _hint_of(parameter, hints)
        kind = hidden(hint)
        if kind:
            filled[parameter.name] = kind
            continue
        fields[parameter.name] = hint
        if parameter.default is not _EMPTY:
            defaults[parameter.name] = parameter.default
    return ArgumentTypes(fields, defaults, filled)


def arguments_adapter(
    title: str, types: ArgumentTypes
) -> tuple[TypeAdapter[dict[str, Any]], dict[str, Any]]:
    """A validator and serialiser of the object, and its JSON Schema; ``title`` names it there.

    Parameters with a default may be absent. Raises :class:`Undescribable` naming parameter and
    type where one can't be described.
    """
    required: Any = typing_extensions.Required
    optional: Any = typing_extensions.NotRequired
    members = {
        name: optional[_with_default(hint, types.defaults[name])]
        if name in types.defaults
        else required[hint]
        for name, hint in types.fields.items()
    }
    try:
        arguments = _typed_dict(title, members)
        adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(with_config(CONFIG)(arguments))
        read_what_is_written(adapter)
        return adapter, json_schema(adapter, mode="validation")
    except Exception:
        for name, hint in types.fields.items():
            described(f"the parameter '{name}'", hint)
        raise


def _hint_of(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Any:
    if parameter.kind not in _BY_NAME:
        raise Undescribable(
            f"the parameter '{parameter}' can't be given by name; "
            "an action's parameters are named one by one."
        )
    if parameter.name not in hints:
        raise Undescribable(f"the parameter '{parameter.name}' has no type.")
    return hints[parameter.name]


def _with_default(hint: Any, default: Any) -> Any:
    """The type with its default in the description; a default without a JSON form is left out."""
    try:
        value = to_jsonable_python(default, bytes_mode="base64")
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError):
        return hint
    return typing_extensions.Annotated[hint, Field(json_schema_extra={"default": value})]
