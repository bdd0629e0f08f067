"""Values of plain types to bytes and back, in a third of the time Pydantic takes.

What msgspec does not take is no error here: Pydantic looks at it then, and its word counts. So a
mirror only ever says yes, and the same as Pydantic would.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from pydantic import TypeAdapter

from hub.wire.mirrors.native_types import native_type
from hub.wire.mirrors.types import NoMirror, argument_types, value_types

if TYPE_CHECKING:
    from hub.wire.plain.native import Message as NativeMessage

NOTHING: Final[Any] = object()  # no value: ask Pydantic

_REFUSED: Final = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError)
_JSON: Final = msgspec.json.Encoder()
_MESSAGE_PACK: Final = msgspec.msgpack.Encoder()

Read = Callable[[Any], Any]
Write = Callable[[Any], bytes | None]


class _Types(NamedTuple):
    """``make`` is what makes the value of what was read as ``seen``."""

    seen: Any
    make: Callable[[Any], Any]
    levels: float


class Mirror:
    """Of an adapter's type. What reads and writes is made at the first use, and safe to share
    between threads."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter

    @functools.cached_property
    def read_json(self) -> Read:
        """The value of a document, or :data:`NOTHING`."""
        return self._reader(lambda seen: msgspec.json.Decoder(seen).decode)

    @functools.cached_property
    def read_msgpack(self) -> Read:
        """The value of a body, or :data:`NOTHING`."""
        return self._reader(lambda seen: msgspec.msgpack.Decoder(seen).decode)

    @functools.cached_property
    def read_tree(self) -> Read:
        """The value of JSON-like Python values, or :data:`NOTHING`."""
        return self._reader(lambda seen: functools.partial(msgspec.convert, type=seen))

    @functools.cached_property
    def json(self) -> Write:
        """``None`` where Pydantic has to look."""
        return self._writer(_JSON.encode, None)

    @functools.cached_property
    def msgpack(self) -> Write:
        """``None`` where Pydantic has to look."""
        return self._writer(_MESSAGE_PACK.encode, None)

    @functools.cached_property
    def native(self) -> NativeMessage | None:
        """What reads and writes MessagePack in machine code, if there is such a thing for the
        type. It raises, whatever it may be, where another has to look."""
        if not self.exists:
            return None
        try:
            return native_type(self._adapter.core_schema)
        except NoMirror:
            return None

    @functools.cached_property
    def tree(self) -> Callable[[Any], Any]:
        """JSON-like Python values, or :data:`NOTHING`."""
        return self._writer(msgspec.to_builtins, NOTHING)

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

    def _writer(self, encode: Callable[[Any], Any], nothing: Any) -> Callable[[Any], Any]:
        if self._types is None:
            return lambda value: nothing
        seen, convert = self._types.seen, msgspec.convert

        def write(value: Any) -> Any:
            try:
                return encode(convert(value, seen, from_attributes=True))
            except _REFUSED:
                return nothing

        return write


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
