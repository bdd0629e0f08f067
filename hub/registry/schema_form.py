"""A form made from a JSON Schema (draft 2020-12, as the hub's schema engine writes it).

Forms only carry values: what a value may be is decided by the operation's own validation. For
each field ``read(show(value))`` is ``value`` again, so examples and defaults survive the form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from hub.wire.errors import FieldError

Schema = Mapping[str, Any]

PREFIX: Final = "value-"
NULL_PREFIX: Final = "null-"
_LONG: Final = 120


class Kind(StrEnum):
    TEXT = "text"
    LINES = "lines"
    SECRET = "secret"  # noqa: S105 - a kind of input
    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    JSON = "json"


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""No value at all, which is not the same as null."""

_FORMATS: Final[Mapping[str, Kind]] = {
    "date": Kind.DATE,
    "date-time": Kind.DATETIME,
    "time": Kind.TIME,
    "password": Kind.SECRET,
}
_TYPES: Final[Mapping[str, Kind]] = {"integer": Kind.INTEGER, "number": Kind.NUMBER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """``choices`` are texts of JSON values with their labels; ``type_name`` is for people."""

    name: str
    kind: Kind
    required: bool
    nullable: bool = False
    default: Any = ABSENT
    description: str = ""
    type_name: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name of the input element."""
        return PREFIX + self.name

    @property
    def null_key(self) -> str:
        """The name of the checkbox that stands for null."""
        return NULL_PREFIX + self.name

    def show(self, value: Any) -> str:
        """``value`` as the text of the input. Nothing for null, which has its own checkbox."""
        if value is ABSENT or (value is None and self._null_is_apart):
            return ""
        if self.kind is Kind.BOOLEAN:
            return "true" if value is True else ""
        if self.kind in (Kind.CHOICE, Kind.JSON) or not isinstance(value, str):
            pretty = 2 if self.kind is Kind.JSON and isinstance(value, dict | list) else None
            return json.dumps(value, ensure_ascii=False, indent=pretty)
        return value

    def read(self, text: str, *, null: bool = False) -> Any:
        """The value of the input's ``text``. Raises :class:`ValueError` for broken JSON; whatever
        else is wrong stays as it was typed, for the operation's validation to refuse."""
        if null and self.nullable:
            return None
        if self.kind in (Kind.TEXT, Kind.LINES, Kind.SECRET):
            return self._text(text)
        if self.kind is Kind.BOOLEAN:
            return bool(text)  # browsers send nothing for a box that is not ticked
        if not text.strip():
            return ABSENT
        if self.kind in (Kind.INTEGER, Kind.NUMBER):
            return _number(text.strip())
        if self.kind in (Kind.CHOICE, Kind.JSON):
            return _json(text)
        return text.strip()

    @property
    def _null_is_apart(self) -> bool:
        """Choices and free JSON say null among their own values."""
        return self.kind is not Kind.CHOICE and (self.nullable or self.kind is not Kind.JSON)

    def _text(self, text: str) -> Any:
        text = text.replace("\r\n", "\n")  # how browsers send line breaks
        # An emptied input means the empty text where something was shown, or must be given.
        if text or self.required or self.default not in (ABSENT, None, ""):
            return text
        return ABSENT


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed: ``arguments`` to call with, and ``errors`` of what can't be read."""

    arguments: dict[str, Any]
    errors: tuple[FieldError, ...]


def fields_of(schema: Schema) -> tuple[Field, ...]:
    """The fields of an object schema, in its order."""
    definitions = schema.get("$defs", {})
    required = frozenset(schema.get("required", ()))
    return tuple(
        _field(name, entry, definitions, required=name in required)
        for name, entry in schema.get("properties", {}).items()
    )


def read_form(fields: tuple[Field, ...], posted: Mapping[str, str]) -> Filled:
    """Arguments by name from the texts of a posted form."""
    arguments: dict[str, Any] = {}
    errors: list[FieldError] = []
    for entry in fields:
        try:
            value = entry.read(posted.get(entry.key, ""), null=entry.null_key in posted)
        except ValueError as error:
            errors.append(FieldError(entry.name, f"is not JSON: {error}", "invalid_json"))
            continue
        if value is not ABSENT:
            arguments[entry.name] = value
    return Filled(arguments, tuple(errors))


def show_form(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, str]:
    """The texts a form is filled with to give ``values``, and the defaults for what they leave
    out: the reverse of :func:`read_form`."""
    shown: dict[str, str] = {}
    for entry in fields:
        value = values.get(entry.name, entry.default)
        shown[entry.key] = entry.show(value)
        if value is None and entry.nullable and entry.kind is not Kind.CHOICE:
            shown[entry.null_key] = "on"
    return shown


def type_name(schema: Schema, definitions: Mapping[str, Any] | None = None) -> str:
    """A schema's type in a few words: ``integer``, ``list of date``, ``text or null``."""
    definitions = definitions or schema.get("$defs", {})
    schema = _resolved(schema, definitions)
    if _is_decimal(schema):
        return "decimal"
    if "enum" in schema or "const" in schema:
        return "one of " + ", ".join(_label(value) for value in _enum(schema))
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " or ".join(dict.fromkeys(type_name(option, definitions) for option in options))
    kind = schema.get("type")
    if kind == "array" and isinstance(schema.get("items"), Mapping):
        return f"list of {type_name(schema['items'], definitions)}"
    if kind == "object":
        return str(schema.get("title", "object"))
    words = {"string": "text", "array": "list", None: "anything"}
    return str(schema.get("format") or schema.get("contentEncoding") or words.get(kind, kind))


def _field(name: str, schema: Schema, definitions: Schema, *, required: bool) -> Field:
    resolved = _resolved(schema, definitions)
    core, nullable = _without_null(resolved, definitions)
    default = resolved.get("default", ABSENT)
    if core.get("type") == "boolean" and (nullable or not (required or default is not ABSENT)):
        core = {**core, "enum": [True, False]}  # a box has no third state
    choices = _choices(core, nullable=nullable)
    kind = Kind.CHOICE if choices else _kind(core, default)
    return Field(
        name=name,
        kind=kind,
        required=required,
        nullable=nullable,
        default=default,
        description=str(resolved.get("description") or core.get("description") or ""),
        type_name=type_name(schema, definitions),
        choices=choices,
        limits={key: core[key] for key in _LIMITS if key in core},
    )


_LIMITS: Final = ("minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern")


def _kind(schema: Schema, default: Any) -> Kind:
    kind = schema.get("type")
    if kind == "string":
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        text = default if isinstance(default, str) else ""
        is_long = schema.get("maxLength", 0) > _LONG or len(text) > _LONG or "\n" in text
        return Kind.LINES if is_long or "contentEncoding" in schema else Kind.TEXT
    if kind == "boolean":
        return Kind.BOOLEAN
    if kind in _TYPES:
        return _TYPES[str(kind)]
    return Kind.DECIMAL if _is_decimal(schema) else Kind.JSON


def _is_decimal(schema: Schema) -> bool:
    """Pydantic's Decimal, a number or a text: always sent as text, which keeps its digits."""
    types = sorted(str(option.get("type")) for option in schema.get("anyOf", ()))
    return types == ["number", "string"]


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """``schema`` with its reference followed; members beside the reference win."""
    seen: set[str] = set()
    while True:
        reference = schema.get("$ref")
        if reference is None and len(schema.get("allOf", ())) == 1:
            schema = {**schema["allOf"][0], **{k: v for k, v in schema.items() if k != "allOf"}}
            continue
        name = str(reference).rpartition("/")[2]
        if reference is None or name in seen or name not in definitions:
            return schema
        seen.add(name)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**definitions[name], **beside}


def _without_null(schema: Schema, definitions: Schema) -> tuple[Schema, bool]:
    options = [_resolved(option, definitions) for option in schema.get("anyOf", ())]
    rest = [option for option in options if option.get("type") != "null"]
    if len(rest) == len(options):
        return schema, False
    if len(rest) == 1:
        return rest[0], True
    return {**schema, "anyOf": rest}, True


def _enum(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema["enum"])


def _choices(schema: Schema, *, nullable: bool) -> tuple[tuple[str, str], ...]:
    if "enum" not in schema and "const" not in schema:
        return ()
    values = [*_enum(schema), *([None] if nullable and None not in _enum(schema) else [])]
    return tuple((json.dumps(value, ensure_ascii=False), _label(value)) for value in values)


def _label(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _number(text: str) -> Any:
    """A number where ``text`` is one exactly; else the text, for validation to judge."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return text
    is_exact = (
        isinstance(value, int | float) and not isinstance(value, bool) and repr(value) == text
    )
    return value if is_exact else text
