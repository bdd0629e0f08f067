"""Values of plain types to bytes and back, in a third of the time Pydantic takes.

What msgspec does not take is no error here: Pydantic looks at it then, and its word counts. So a
mirror only ever says yes, and the same as Pydantic would.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from pydantic import TypeAdapter

from hub.wire.mirrors.types import NoMirror, argument_types, value_types

NOTHING: Final[Any] = object()  # no value: ask Pydantic

_REFUSED: Final = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError)
_JSON: Final = msgspec.json.Encoder()
_MESSAGE_PACK: Final = msgspec.msgpack.Encoder()

Read = Callable[[bytes], Any]


class _Types(NamedTuple):
    """``make`` is what makes the value of what was read as ``seen``."""

    seen: Any
    make: Callable[[Any], Any]
    levels: float


class Mirror:
    """Of an adapter's type, made at the first use. Safe to share between threads."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter

    def read_json(self, document: bytes) -> Any:
        """The value, or :data:`NOTHING`."""
        return self._read_json(document)

    def read_msgpack(self, body: bytes) -> Any:
        """The value, or :data:`NOTHING`."""
        return self._read_msgpack(body)

    def read_tree(self, tree: Any) -> Any:
        """The value of JSON-like Python values, or :data:`NOTHING`."""
        return self._read_tree(tree)

    def json(self, value: Any) -> bytes | None:
        """``None`` where Pydantic has to look."""
        found: bytes | None = self._written(value, _JSON.encode, None)
        return found

    def msgpack(self, value: Any) -> bytes | None:
        """``None`` where Pydantic has to look."""
        found: bytes | None = self._written(value, _MESSAGE_PACK.encode, None)
        return found

    def tree(self, value: Any) -> Any:
        """JSON-like Python values, or :data:`NOTHING`."""
        return self._written(value, msgspec.to_builtins, NOTHING)

    def _written(self, value: Any, write: Callable[[Any], Any], nothing: Any) -> Any:
        if self._types is None:
            return nothing
        try:
            return write(msgspec.convert(value, self._types.seen, from_attributes=True))
        except _REFUSED:
            return nothing

    @property
    def exists(self) -> bool:
        """Whether the type is plain; else Pydantic is always asked."""
        return self._types is not None

    @property
    def levels(self) -> float:
        """How deep a document can be that is read here; infinite for what holds itself."""
        return 0 if self._types is None else self._types.levels

    @functools.cached_property
    def _types(self) -> _Types | None:
        schema = self._adapter.core_schema
        try:
            if _is_arguments(schema):
                struct, by_name, levels = argument_types(schema)
                return _Types(_tried(struct), functools.partial(_arguments, by_name), levels)
            seen, made, differ, levels = value_types(schema)
            if not differ:
                return _Types(_tried(seen), _as_it_is, levels)
            make = functools.partial(msgspec.convert, type=_tried(made), from_attributes=True)
            return _Types(_tried(seen), make, levels)
        except NoMirror:
            return None

    @functools.cached_property
    def _read_json(self) -> Read:
        return self._reader(lambda seen: msgspec.json.Decoder(seen).decode)

    @functools.cached_property
    def _read_msgpack(self) -> Read:
        return self._reader(lambda seen: msgspec.msgpack.Decoder(seen).decode)

    @functools.cached_property
    def _read_tree(self) -> Read:
        return self._reader(lambda seen: functools.partial(msgspec.convert, type=seen))

    def _reader(self, decoder: Callable[[Any], Callable[[Any], Any]]) -> Read:
        if self._types is None:
            return _nothing
        decode, make = decoder(self._types.seen), self._types.make

        def read(document: Any) -> Any:
            try:
                return make(decode(document))
            except _REFUSED:
                return NOTHING

        return read


def _arguments(by_name: Mapping[str, Any], read: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, made in by_name.items():
        value = getattr(read, name)
        if value is not msgspec.UNSET:
            found[name] = (
                value if made is None else msgspec.convert(value, made, from_attributes=True)
            )
    return found


def _tried(hint: Any) -> Any:
    """The type, which msgspec knows what to do with. Raises :class:`NoMirror`."""
    try:
        msgspec.json.Decoder(hint)
    except Exception as error:  # whatever it finds in the annotations of others
        raise NoMirror(str(hint)) from error
    return hint


def _is_arguments(schema: Any) -> bool:
    inner = schema["schema"] if schema["type"] == "definitions" else schema
    return bool(inner["type"] == "typed-dict")


def _as_it_is(value: Any) -> Any:
    return value


def _nothing(document: Any) -> Any:
    return NOTHING
