"""Pydantic's core schemas, changed: the nested dicts from which it makes validators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

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
