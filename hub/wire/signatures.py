"""Reading a function's types, with or without ``from __future__ import annotations``."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from hub.wire.schemas import adapter_for, json_schema


class Undescribable(Exception):
    """A declaration that can't be an operation; the message is a sentence that names the part."""


def type_hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The resolved annotations. Raises :class:`Undescribable` naming what can't be resolved."""
    function = inspect.unwrap(function)
    try:
        return typing.get_type_hints(function, localns=_enclosed(function), include_extras=True)
    except NameError as error:
        raise Undescribable(
            f"its annotations name '{error.name}', which is not defined in {function.__module__} "
            "at run time (an import under TYPE_CHECKING?)."
        ) from None
    except Exception as error:
        raise Undescribable(f"its annotations can't be resolved: {error}.") from error


def described(
    what: str, hint: Any, *, mode: JsonSchemaMode = "validation"
) -> tuple[TypeAdapter[Any], dict[str, Any]]:
    """An adapter for ``hint`` and its JSON Schema. Raises :class:`Undescribable` naming ``what``
    and the type."""
    try:
        adapter = adapter_for(hint)
        return adapter, json_schema(adapter, mode=mode)
    except Exception as error:
        # Pydantic's first sentence says what is wrong, the next ones how its own users mend it.
        first = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
        raise Undescribable(
            f"{what} is of type {type_name(hint)}, which can't be described: {first}."
        ) from error


def type_name(hint: Any) -> str:
    """``Item`` rather than ``<class 'shop.Item'>``."""
    return hint.__qualname__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)


def _enclosed(function: Callable[..., Any]) -> dict[str, Any]:
    """Names of the enclosing function, for actions made by a factory."""
    try:
        return dict(inspect.getclosurevars(function).nonlocals)
    except (TypeError, ValueError):
        return {}
