"""What a type writes it reads, whatever its members are called.

Pydantic knows a member by its name in Python, by names it is read by (``validation_alias``) and by
one it is written by (``serialization_alias``); ``alias`` is both. The hub reads a member by each of
them, so a document that was answered, on whichever channel, can be sent back.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import PydanticUserError, TypeAdapter
from pydantic_core import SchemaValidator

from hub.wire.core_schemas import changed

_OBJECTS: Final = frozenset({"model-fields", "typed-dict", "dataclass-args"})
_WRITTEN: Final = "serialization_alias"
_READ: Final = "validation_alias"

Field = dict[str, Any]


def read_what_is_written(adapter: TypeAdapter[Any]) -> None:
    """Have the adapter's validator take members by the names they are written by, too."""
    if adapter.pydantic_complete and (schema := lenient(adapter.core_schema)) is not None:
        adapter.validator = validator_of(schema, of_classes=False)


def lenient(schema: Any) -> Any:
    """The core schema that does so; ``None`` for the many that do as they are."""
    found = False

    def change(node: Field) -> Field:
        nonlocal found
        if node.get("type") not in _OBJECTS:
            return node
        more = {name: each for name, each in _fields(node) if _is_unread(name, each, node)}
        found |= bool(more)
        return {**node, "fields": _replaced(node["fields"], more)} if more else node

    read = changed(schema, change)
    return read if found else None


def validator_of(schema: Any, *, of_classes: bool) -> SchemaValidator:
    """``of_classes``: models inside validate as their classes do, whatever the schema says."""
    return SchemaValidator(schema) if of_classes else SchemaValidator(schema, _use_prebuilt=False)


@functools.lru_cache(maxsize=1024)
def attributes_of(cls: type) -> Mapping[str, str]:
    """Of a type with aliases the attributes by the names they are written by; empty for others."""
    found: dict[str, str] = {}

    def look(node: Field) -> Field:
        if node.get("cls") is cls:
            found.update(_aliased(node))
        return node

    with contextlib.suppress(PydanticUserError):  # a class that Pydantic can't describe
        changed(TypeAdapter(cls).core_schema, look)
    return MappingProxyType(found)


def _aliased(node: Field) -> Mapping[str, str]:
    while node.get("type") not in _OBJECTS:
        if "schema" not in node:
            return {}
        node = node["schema"]
    found = {each[_WRITTEN]: name for name, each in _fields(node) if _WRITTEN in each}
    for each in node.get("computed_fields", ()):
        if "alias" in each:
            found[each["alias"]] = each["property_name"]
    return found


def _fields(node: Field) -> list[tuple[str, Field]]:
    fields = node["fields"]
    if isinstance(fields, Mapping):
        return list(fields.items())
    return [(each["name"], each) for each in fields]


def _is_unread(name: str, field: Field, node: Field) -> bool:
    written = field.get(_WRITTEN)
    if written in {None, name} or field.get("serialization_exclude"):
        return False
    return not any(
        [written] in _choices(other) or (written == its_name) for its_name, other in _fields(node)
    )


def _choices(field: Field) -> list[list[Any]]:
    """The ways to a member, each a path of keys."""
    alias = field.get(_READ)
    if alias is None:
        return []
    if isinstance(alias, str):
        return [[alias]]
    return alias if isinstance(alias[0], list) else [alias]


def _replaced(fields: Any, more: Mapping[str, Field]) -> Any:
    def own(name: str, field: Field) -> Field:
        if name not in more:
            return field
        return {**field, _READ: [*(_choices(field) or [[name]]), [field[_WRITTEN]]]}

    if isinstance(fields, Mapping):
        return {name: own(name, each) for name, each in fields.items()}
    return [own(each["name"], each) for each in fields]
