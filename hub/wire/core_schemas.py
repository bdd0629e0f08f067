"""Pydantic's core schemas: the nested dicts from which it makes validators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

# What is no schema, though it may look like one: values that the author of a type wrote down.
VALUES: Final = frozenset({"metadata", "default", "expected", "serialization", "config", "cls"})
# Schemas by names that are the author's, such as "type" or "default".
BY_NAME: Final = frozenset({"fields", "choices"})


def changed(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A copy of the schema, ``change`` made of each one in it, the inner ones first."""
    if isinstance(node, list):
        return [changed(each, change) for each in node]
    if isinstance(node, tuple):  # a choice of a union with its label
        return tuple(changed(each, change) for each in node)
    if not isinstance(node, dict):
        return node
    return change({key: _member(key, each, change) for key, each in node.items()})


def _member(key: str, member: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if key in VALUES:
        return member
    if key in BY_NAME and isinstance(member, dict):
        return {name: changed(each, change) for name, each in member.items()}
    return changed(member, change)


class Definitions:
    """Those that were passed on the way down a schema. ``refuse`` is given each reference, to raise
    if it says more than where it points."""

    def __init__(self, *, refuse: Callable[[Schema], None] = lambda reference: None) -> None:
        self._refuse = refuse
        self._known: dict[str, Schema] = {}

    def opened(self, schema: Schema) -> Schema:
        """The schema itself, behind definitions and references."""
        while schema["type"] in {"definitions", "definition-ref"}:
            if schema["type"] == "definitions":
                self._known |= {each["ref"]: each for each in schema["definitions"]}
                schema = schema["schema"]
            else:
                self._refuse(schema)
                schema = self._known[schema["schema_ref"]]
        return schema
