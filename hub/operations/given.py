"""Arguments that are read by other rules than JSON from browsers: Python values of code in this
process, and documents of programs that call by interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from hub.operations.inputs import InputSpec
from hub.wire.validation import invalid

Document = bytes | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """``values`` by parameter. What is an instance of the declared type already stays the same
    object."""

    values: Mapping[str, Any]

    def checked(self, spec: InputSpec) -> dict[str, Any]:
        """Validated arguments by name. Raises :class:`hub.wire.errors.InvalidInput`."""
        try:
            return spec.adapter.validator.validate_python(dict(self.values), by_name=True)  # type: ignore[no-any-return]
        except ValidationError as error:
            raise invalid(error) from None


def _as_it_is(body: bytes) -> bytes:
    return body


@dataclass(frozen=True, slots=True)
class Sent:
    """An object by a program that knows the types: members have their Python names, and those
    that have an alias may have that. ``document`` makes JSON of the body, or at once the arguments,
    when the caller is let in so far; it raises :class:`hub.wire.errors.HubError`."""

    body: bytes
    document: Callable[[bytes], Document] = _as_it_is

    def checked(self, spec: InputSpec) -> dict[str, Any]:
        """Validated arguments by name. Raises :class:`hub.wire.errors.InvalidInput` and, for
        broken JSON, :class:`hub.wire.errors.BadRequest`."""
        document = self.document(self.body)
        return document if isinstance(document, dict) else spec.read(document)
