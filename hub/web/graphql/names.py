"""Names of GraphQL: what they may look like, and who has one already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLNamedType

from hub.loader.modules.graphql import camel_case

_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_NO_ENUM_VALUES: Final = frozenset({"true", "false", "null"})


def is_name(text: str) -> bool:
    """Names that begin with two underscores belong to introspection."""
    return _NAME.fullmatch(text) is not None and not text.startswith("__")


def is_enum_value(value: object) -> bool:
    return isinstance(value, str) and is_name(value) and value not in _NO_ENUM_VALUES


def field_name(name: str) -> str:
    """``say_hello`` → ``sayHello``. A leading underscore is kept."""
    bare = name.lstrip("_")
    return name[: len(name) - len(bare)] + camel_case(bare)


def type_name(*parts: str) -> str:
    """``greeter``, ``Page[Item]`` → ``GreeterPageItem``."""
    words = re.findall(r"[0-9A-Za-z]+", " ".join(parts))
    return "".join(word[:1].upper() + word[1:] for word in words)


class TypeNames:
    """Types by name. Two types of one name get different ones: the later a number behind it.

    Names are given in the order in which the schema is built, which is that of the catalog.
    """

    def __init__(self, taken: Mapping[str, Any]) -> None:
        self._taken: dict[str, str] = dict.fromkeys(taken, "")
        self._made: dict[tuple[str, str], GraphQLNamedType] = {}

    def made(self, name: str, fingerprint: str) -> GraphQLNamedType | None:
        """The type that was made before from the same description under the same name."""
        return self._made.get((name, fingerprint))

    def claim(self, name: str, fingerprint: str) -> str:
        free, number = name, 2
        while free in self._taken:
            free, number = f"{name}{number}", number + 1
        self._taken[free] = fingerprint
        return free

    def keep(self, name: str, fingerprint: str, made: GraphQLNamedType) -> None:
        self._made[name, fingerprint] = made
