"""Secrets never show: not in listings, not in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, SecretBytes, SecretStr

from hub.operations.configuration.leaves import leaves

MASK: Final = "**********"
_SHORTEST: Final = 4  # shorter texts are in any sentence by chance


def secrets_in(model: type[BaseModel], values: Mapping[str, Any]) -> tuple[str, ...]:
    """The secret texts among values that are not validated yet."""
    found: set[str] = set()
    for leaf in leaves(model):
        if leaf.secret:
            value: Any = values
            for key in leaf.path:
                value = value.get(key) if isinstance(value, Mapping) else None
            found.update(_texts(value))
    return tuple(sorted(found, key=len, reverse=True))


def redacted(sentence: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        sentence = sentence.replace(secret, MASK)
    return sentence


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr | SecretBytes):
        value = value.get_secret_value()
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        if len(value) >= _SHORTEST:
            yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, list | tuple | set | frozenset):
        for entry in value:
            yield from _texts(entry)
