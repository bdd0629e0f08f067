"""Which texts of a document are bytes in base64, so that MessagePack can carry the bytes."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any

BytesOut = Callable[[Any], Any]
Schema = Mapping[str, Any]


def bytes_out(schema: Schema) -> BytesOut | None:
    """A function that puts bytes where the document has base64; ``None`` if it never has.

    Unions are left as they are but for ``| None``: which of them a text is can't be told.
    """
    return _Compiler(schema.get("$defs", {})).convert(schema)


def decode_base64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class _Compiler:
    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self.definitions = definitions
        self.made: dict[str, BytesOut | None] = {}

    def convert(self, schema: Schema) -> BytesOut | None:
        if not self._holds_bytes(schema, set()):
            return None
        if "$ref" in schema:
            return self._named(schema["$ref"].rpartition("/")[2])
        if schema.get("contentEncoding") == "base64":
            return decode_base64
        if "anyOf" in schema:
            return self._nullable(schema["anyOf"])
        if schema.get("type") == "array":
            return self._array(schema)
        return self._object(schema)

    def _named(self, name: str) -> BytesOut | None:
        def later(tree: Any) -> Any:
            made = self.made[name]
            return made(tree) if made else tree

        if name not in self.made:
            self.made[name] = later
            self.made[name] = self.convert(self.definitions[name])
        return later

    def _nullable(self, choices: list[Schema]) -> BytesOut | None:
        others = [choice for choice in choices if choice.get("type") != "null"]
        inner = self.convert(others[0]) if len(others) == 1 else None
        return (lambda tree: None if tree is None else inner(tree)) if inner else None

    def _array(self, schema: Schema) -> BytesOut | None:
        fixed = [self.convert(item) for item in schema.get("prefixItems", ())]
        items = schema.get("items")
        inner = self.convert(items) if isinstance(items, dict) else None

        def convert(tree: Any) -> Any:
            if not isinstance(tree, list):
                return tree
            converters = (*fixed, *[inner] * (len(tree) - len(fixed)))
            pairs = zip(converters, tree, strict=False)
            return [one(value) if one else value for one, value in pairs]

        return convert if inner or any(fixed) else None

    def _object(self, schema: Schema) -> BytesOut | None:
        members = {
            name: made
            for name, member in schema.get("properties", {}).items()
            if (made := self.convert(member)) is not None
        }
        others = schema.get("additionalProperties")
        inner = self.convert(others) if isinstance(others, dict) else None
        known = schema.get("properties", {})

        def convert(tree: Any) -> Any:
            if not isinstance(tree, dict):
                return tree
            changed = dict(tree)
            for key, value in tree.items():
                made = members.get(key) if key in known else inner
                if made:
                    changed[key] = made(value)
            return changed

        return convert if inner or members else None

    def _holds_bytes(self, node: Any, seen: set[str]) -> bool:
        if isinstance(node, list):
            return any(self._holds_bytes(item, seen) for item in node)
        if not isinstance(node, Mapping):
            return False
        if node.get("contentEncoding") == "base64":
            return True
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            if name in seen:
                return False
            seen.add(name)
            return self._holds_bytes(self.definitions[name], seen)
        return any(self._holds_bytes(value, seen) for key, value in node.items() if key != "$defs")
