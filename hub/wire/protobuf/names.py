"""Names as Protobuf has them: letters, digits, underscores, each once."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

_OTHER: Final = re.compile(r"[^A-Za-z0-9_]+")
_WORDS: Final = re.compile(r"[^A-Za-z0-9]+")


def field_name(key: str, taken: Container[str]) -> str:
    name = _OTHER.sub("_", key)
    if not name.strip("_"):
        name = "field"
    return unique(f"f_{name}" if name[0].isdigit() else name, taken)


def type_name(text: str, taken: Container[str]) -> str:
    name = "".join(word[:1].upper() + word[1:] for word in _WORDS.split(text)) or "Type"
    return unique(f"T{name}" if name[0].isdigit() else name, taken)


def constant_name(enum: str, value: object, taken: Container[str]) -> str:
    """The enum's name first, as the style guide wants it: constants share the file's scope."""
    text = f"minus_{-value}" if isinstance(value, int) and value < 0 else str(value)
    return unique(upper(f"{enum}_{_OTHER.sub('_', text).strip('_') or 'empty'}"), taken)


def upper(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def unique(name: str, taken: Container[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
