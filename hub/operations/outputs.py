"""What an operation answers: validated, encoded as JSON, described by JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from hub.wire.mirrors.mirror import Mirror
from hub.wire.signatures import described


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """Plain results are written by their ``mirror``, all others by ``adapter``. Members that have
    an alias are called by it, as ``json_schema`` says."""

    adapter: TypeAdapter[Any]
    json_schema: Mapping[str, Any]
    mirror: Mirror

    def check(self, value: Any) -> Any:
        """``value`` as the declared type. Raises Pydantic's :class:`ValidationError`."""
        return self.adapter.validator.validate_python(value, by_name=True)

    def to_json(self, value: Any) -> bytes:
        """The checked value as a JSON document. Raises :class:`ValueError` where it has none, or
        where a member of an object breaks the declaration: check() looks at the outermost."""
        body = self.mirror.json(value)
        if body is not None:
            return body
        return self.adapter.serializer.to_json(value, by_alias=True, warnings="error")

    def to_python(self, value: Any) -> Any:
        """The checked value as JSON-like Python values."""
        return self.adapter.serializer.to_python(
            value, mode="json", by_alias=True, warnings="error"
        )


def output_spec(hint: Any) -> OutputSpec:
    """Compile a result type; no annotation is anything. Raises ``Undescribable``."""
    adapter, schema = described("the result", hint, mode="serialization")
    return OutputSpec(adapter, schema, Mirror(adapter))
