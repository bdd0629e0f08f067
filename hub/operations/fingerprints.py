"""Short texts that are equal where two JSON Schemas say the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def fingerprint(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """The same text for the same description: the node and all it refers to."""
    reached: dict[str, Any] = {}
    _reach(node, definitions, reached)
    return json.dumps([node, reached], sort_keys=True, default=str)


def reference(node: Mapping[str, Any]) -> str:
    """The name of the definition a node refers to; empty if it refers to none."""
    target = node.get("$ref")
    return target.removeprefix("#/$defs/") if isinstance(target, str) else ""


def _reach(node: Any, definitions: Mapping[str, Any], reached: dict[str, Any]) -> None:
    if isinstance(node, Mapping):
        key = reference(node)
        if key in definitions and key not in reached:
            reached[key] = definitions[key]
            _reach(definitions[key], definitions, reached)
        for value in node.values():
            _reach(value, definitions, reached)
    elif isinstance(node, list):
        for value in node:
            _reach(value, definitions, reached)
