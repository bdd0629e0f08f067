"""What each codec does, and what of it does not differ: Pydantic turns values into JSON and back.

MessagePack and Protobuf carry the same document in another form. So a value is read by one engine
by the same rules, whichever way it came, and the same mistake is the same error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag
from typing import Any, Final, Protocol, runtime_checkable

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core import core_schema

from hub.wire.codecs.limits import STANDARD, Limits
from hub.wire.errors import HubError
from hub.wire.mirrors.mirror import Mirror
from hub.wire.validation import invalid


@runtime_checkable
class Codec(Protocol):
    """One type on one transport, compiled once. Safe to share between threads."""

    @property
    def media_type(self) -> str: ...

    def encode(self, value: Any) -> bytes:
        """Raises :class:`HubError` ``not_encodable`` for what the type does not allow."""

    def decode(self, body: bytes, limits: Limits = STANDARD) -> Any:
        """The value, validated. Nothing is made of a body that breaks the ``limits``, but the plain
        values of a small one.

        Raises :class:`BadRequest` for what can't be read, :class:`InvalidInput` naming each wrong
        field, ``payload_too_large``, ``too_deep`` and ``too_many_elements``.
        """


@dataclass(frozen=True, slots=True)
class Values:
    """Members travel by their Python names; aliases are read too. Plain types are carried by
    their ``mirror``, which leaves to Pydantic what it does not know."""

    adapter: TypeAdapter[Any]
    mirror: Mirror = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mirror", Mirror(self.adapter))

    def to_json(self, value: Any) -> bytes:
        try:
            return self.adapter.serializer.to_json(value, by_alias=False, warnings="error")
        except (ValueError, RecursionError) as error:
            raise not_encodable(str(error)) from None

    def to_tree(self, value: Any) -> Any:
        """The JSON document as Python's dicts, lists and scalars."""
        try:
            return self.adapter.serializer.to_python(
                value, mode="json", by_alias=False, warnings="error"
            )
        except (ValueError, RecursionError) as error:
            raise not_encodable(str(error)) from None

    def from_json(self, document: bytes) -> Any:
        try:
            return self.adapter.validator.validate_json(document, by_alias=True, by_name=True)
        except ValidationError as error:
            raise invalid(error) from None

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the documents, for codecs that need one."""
        return self.adapter.json_schema(
            by_alias=False, schema_generator=schema_generator(self.adapter), mode="serialization"
        )


class WireSchema(GenerateJsonSchema):
    """Pydantic's JSON Schema, true to what is written: bytes are marked where they are base64, and
    empty lists and objects are known to be defaults where a factory makes them."""

    ignored_warning_kinds = {"non-serializable-default"}

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        # A member of a union that has no schema would silently be missing.
        if kind == "skipped-choice":
            raise PydanticInvalidForJsonSchema(detail)
        super().emit_warning(kind, detail)

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        if self._config.ser_json_bytes == "base64":
            return {"type": "string", "contentEncoding": "base64"}
        return {"type": "string"}

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        if issubclass(schema["cls"], Flag):  # its members are not all of its values
            return {"type": "integer"}
        return super().enum_schema(schema)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        factory: Any = schema.get("default_factory")
        if factory in _EMPTY:
            return {**described, "default": _EMPTY[factory]}
        return described


class _Base64Schema(WireSchema):
    """For types that have no settings of their own and get the adapter's, which Pydantic's
    describer is not told of."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._config.config_dict["ser_json_bytes"] = "base64"


def schema_generator(*adapters: TypeAdapter[Any]) -> type[WireSchema]:
    """The describer for adapters; bytes count as text where one of them has no base64."""
    configs = [getattr(adapter, "_config", None) or {} for adapter in adapters]
    same = all(config.get("ser_json_bytes") == "base64" for config in configs)
    return _Base64Schema if same else WireSchema


def not_encodable(reason: str) -> HubError:
    first = reason.strip().splitlines()[0] if reason.strip() else "no reason given"
    return HubError(f"The value can't be sent: {first}", code="not_encodable", status=500)


_EMPTY: Final[dict[Any, Any]] = {list: [], set: [], frozenset: [], tuple: [], dict: {}}
