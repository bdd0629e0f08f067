"""The form of a plugin's settings: a row for each, with its source and what it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError

from hub.operations.configuration.current import Slot
from hub.operations.configuration.leaves import Leaf
from hub.operations.configuration.listing import Shown, listed
from hub.operations.configuration.settled import settle
from hub.operations.configuration.variables import variable_of
from hub.operations.configuration.wrong import Wrong, WrongSettings
from hub.registry.schema_form import ABSENT, Field, Kind, fields_of

WAS: Final = "was-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One setting as it is drawn. ``below`` is what counts when the admin's value is reset."""

    field: Field
    shown: Shown
    text: str
    was: str
    null: bool = False
    null_was: bool = False
    variable: str = ""
    below: Shown | None = None
    stored: bool = False
    errors: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.shown.leaf.key

    @property
    def was_key(self) -> str:
        return WAS + self.key

    @property
    def null_was_key(self) -> str:
        return f"{WAS}null-{self.key}"

    @property
    def below_text(self) -> str:
        return self.field.show(self.below.value) if self.below is not None else ""

    @property
    def source(self) -> str:
        return "set here" if self.shown.set_by_admin else self.shown.origin.place

    @property
    def source_tone(self) -> str:
        if self.shown.set_by_admin:
            return "good"
        return "warning" if self.shown.pinned else "quiet"

    @property
    def locked(self) -> bool:
        return self.shown.pinned or self.shown.leaf.secret

    @property
    def is_set(self) -> bool:
        return self.shown.value not in (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Filled:
    """``changes`` by key; ``errors`` of what can't be read, by key."""

    changes: Mapping[str, Any]
    errors: Mapping[str, list[str]]


def rows_of(
    slot: Slot,
    label: str,
    *,
    posted: Mapping[str, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> list[Row]:
    """The form, filled with what counts now, or with what was ``posted``."""
    below = _below(slot)
    return [
        _row(shown, label, slot, below.get(shown.leaf.key), posted, (errors or {}))
        for shown in listed(slot.settled)
    ]


def read(rows: Iterable[Row], posted: Mapping[str, str]) -> Filled:
    """What was changed in the form. Locked settings and those left as they were are no change."""
    changes: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for row in rows:
        text, null = _text(posted, row.field.key), row.field.null_key in posted
        unchanged = text == _text(posted, row.was_key) and null == (row.null_was_key in posted)
        if row.locked or unchanged or row.was_key not in posted:
            continue
        try:
            value = row.field.read(text, null=null)
        except ValueError as error:
            errors[row.key] = [f"is not JSON: {error}"]
            continue
        if value is ABSENT:
            errors[row.key] = ["needs a value; Reset leaves it to the layers below"]
        else:
            changes[row.key] = value
    return Filled(changes, errors)


def errors_by_key(
    faults: Iterable[Wrong], rows: Iterable[Row]
) -> tuple[dict[str, list[str]], list[str]]:
    """Messages at their rows, and the sentences that belong to none."""
    keys = {row.key for row in rows}
    found: dict[str, list[str]] = {}
    others: list[str] = []
    for fault in faults:
        key = next((key for key in _prefixes(fault) if key in keys), None)
        if key is None:
            others.append(fault.sentence)
        else:
            found.setdefault(key, []).append(fault.message)
    return found, others


def _prefixes(fault: Wrong) -> list[str]:
    return [".".join(fault.path[:length]) for length in range(len(fault.path), 0, -1)]


def _row(
    shown: Shown,
    label: str,
    slot: Slot,
    below: Shown | None,
    posted: Mapping[str, str] | None,
    errors: Mapping[str, list[str]],
) -> Row:
    field = _field(shown.leaf)
    key = shown.leaf.key
    was = "" if shown.leaf.secret else field.show(shown.value)
    null_was = field.nullable and shown.value is None and field.kind is not Kind.CHOICE
    text, null = was, null_was
    if posted is not None and WAS + key in posted and not shown.pinned:
        text, null = _text(posted, field.key), field.null_key in posted
    return Row(
        field=field,
        shown=shown,
        text=text,
        was=was,
        null=null,
        null_was=null_was,
        variable=variable_of(label, shown.leaf.path),
        below=below,
        stored=key in slot.stored,
        errors=tuple(errors.get(key, ())),
    )


def _below(slot: Slot) -> dict[str, Shown]:
    """For each setting that the admin says: what would count without that."""
    found: dict[str, Shown] = {}
    for key in slot.stored:
        rest = {other: value for other, value in slot.stored.items() if other != key}
        try:
            entries = listed(settle(slot.layers, rest))
        except WrongSettings:
            continue
        found.update({entry.leaf.key: entry for entry in entries if entry.leaf.key == key})
    return found


def _field(leaf: Leaf) -> Field:
    """The input for a setting. What it may be is said without its default: the form always shows
    the value that counts."""
    try:
        schema = TypeAdapter(_annotated(leaf)).json_schema()
    except (PydanticSchemaGenerationError, PydanticInvalidForJsonSchema):
        schema = {}
    definitions = schema.pop("$defs", {})
    (field,) = fields_of(
        {"properties": {leaf.key: schema}, "required": [leaf.key], "$defs": definitions}
    )
    return replace(field, description=leaf.info.description or field.description)


def _annotated(leaf: Leaf) -> Any:
    annotation: Any = leaf.info.annotation
    for constraint in leaf.info.metadata:
        annotation = Annotated[annotation, constraint]
    return annotation


def _text(posted: Mapping[str, str], key: str) -> str:
    return posted.get(key, "").replace("\r\n", "\n")
