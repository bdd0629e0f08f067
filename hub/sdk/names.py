"""Names of what is declared by a class."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 100

_WORDS: Final = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")


def is_name(text: object) -> bool:
    """True for lower-case words such as ``item_store`` or ``item-store``."""
    return isinstance(text, str) and len(text) <= LONGEST and bool(_WORDS.fullmatch(text))


def declared_name(owner: type, given: str | None, *, what: str) -> str:
    """``given``, or one made of the class's: ``ItemStore`` → ``item_store``. Raises
    :class:`ValueError`."""
    name = _words_of(owner.__name__) if given is None else given
    if not is_name(name):
        raise ValueError(
            f"a {what}'s name is lower-case words such as item_store, not {name!r}: "
            "give it by name=."
        )
    return name


def told(value: object) -> str:
    """A value as error messages call it."""
    return str(getattr(value, "__qualname__", None) or repr(value))


def _words_of(name: str) -> str:
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return parts.lower().strip("_")
