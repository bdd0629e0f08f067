"""Values from texts: the environment and the command line know nothing else.

The declared type decides: lists are JSON or words separated by commas, tables are JSON, and
everything else stays a text for Pydantic to read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, get_origin

from hub.operations.configuration.leaves import is_model, options


def value_of(text: str, annotation: Any) -> Any:
    """The value that ``text`` says. Raises :class:`ValueError` for broken JSON."""
    shapes = {_shape(entry) for entry in options(annotation)}
    start = text.strip()[:1]
    if (start == "[" and "list" in shapes) or (start == "{" and "table" in shapes):
        return _json(text)
    if shapes <= {"list", "none"}:
        return None if _is_null(text, shapes) else _words(text)
    if shapes <= {"table", "list", "none"}:
        return None if _is_null(text, shapes) else _json(text)
    return None if _is_null(text, shapes) and "text" not in shapes else text


def _is_null(text: str, shapes: set[str]) -> bool:
    return "none" in shapes and text.strip().lower() == "null"


def _shape(annotation: Any) -> str:
    origin = get_origin(annotation) or annotation
    if annotation is None or annotation is type(None):
        return "none"
    if not isinstance(origin, type):
        return "value"
    if issubclass(origin, str | bytes):
        return "text"
    if is_model(origin) or issubclass(origin, Mapping):
        return "table"
    return "list" if issubclass(origin, Collection) else "value"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg.lower()} at character {error.pos + 1}") from None


def is_text(value: str) -> bool:
    """False for what the environment holds in bytes that are no UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
