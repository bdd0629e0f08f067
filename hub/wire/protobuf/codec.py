"""The Protobuf codec: one file of messages, and a codec for each that travels by itself."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from google.protobuf.message import DecodeError

from hub.wire.codecs.codec import Values, not_encodable
from hub.wire.codecs.limits import STANDARD, Limits, too_deep
from hub.wire.codecs.trees import refuse_non_finite, tree_to_json
from hub.wire.mirrors.mirror import NOTHING
from hub.wire.protobuf.decoding import Decode, Decoders, TooDeep
from hub.wire.protobuf.descriptors import message_classes
from hub.wire.protobuf.direct.compiling import Read, direct_reader
from hub.wire.protobuf.direct.members import NotDirect
from hub.wire.protobuf.direct.natively import native_message
from hub.wire.protobuf.encoding import Encoders
from hub.wire.protobuf.lock import Lock, locked
from hub.wire.protobuf.reading import Root, read_types
from hub.wire.protobuf.scalars import Encode
from hub.wire.protobuf.scanning import Table, scan, scan_tables, unreadable
from hub.wire.protobuf.shapes import Shapes
from hub.wire.protobuf.text import proto_text

if TYPE_CHECKING:
    from hub.wire.plain.native import Message as NativeMessage

T = TypeVar("T")

# The last bytes of a double or float that may be NaN or infinite; other bytes may look like them.
_MAYBE_NON_FINITE: Final = re.compile(rb"[\x80-\xff][\x7f\xff]")
_LAST_OF_NON_FINITE: Final = (b"\x7f", b"\xff")  # rare, and looked for in no time


@dataclass(frozen=True, slots=True)
class Messages:
    """Trees of one message as bytes and back; what a codec is without Pydantic."""

    made_of: Any  # the runtime's class
    encode_tree: Encode
    decode_tree: Decode
    table: Table

    def write(self, tree: Any) -> bytes:
        """Raises :class:`HubError` ``not_encodable`` where the tree does not fit."""
        try:
            message = self.made_of(**self.encode_tree(tree))
            body: bytes = message.SerializeToString()
        except (ValueError, TypeError, RecursionError) as error:
            raise not_encodable(str(error)) from None
        return body

    def read(self, body: bytes, limits: Limits = STANDARD) -> Any:
        return self.tree(self.parsed(body, limits), body, limits)

    def parsed(self, body: bytes, limits: Limits) -> Any:
        """The runtime's message."""
        limits.check_size(len(body))
        if len(body) > limits.elements:  # fewer bytes can't hold more
            scan(body, self.table, limits)
        try:
            return self.made_of.FromString(body)
        except DecodeError:
            scan(body, self.table, limits)  # knows why
            raise unreadable("the bytes are not such a message") from None

    def tree(self, message: Any, body: bytes, limits: Limits) -> Any:
        """The document that the message, read from the ``body``, stands for."""
        try:
            tree = self.decode_tree(message, limits.depth)
        except (TooDeep, RecursionError):
            raise too_deep(limits.depth) from None
        except ValueError as error:  # text that is no UTF-8, which proto2 lets through
            raise unreadable(str(error)) from None
        if _may_be_non_finite(body):
            refuse_non_finite(tree)
        return tree


class ProtobufCodec:
    """``native`` and ``direct`` make what reads, or writes, values without a document. They are
    asked at the first use, and raise :class:`NotDirect` for types that need one."""

    media_type: ClassVar[str] = "application/x-protobuf"

    def __init__(
        self,
        values: Values,
        messages: Messages,
        direct: Callable[[], Read],
        native: Callable[[], NativeMessage],
    ) -> None:
        self.values = values
        self.messages = messages
        self._make_direct = direct
        self._make_native = native

    def encode(self, value: Any) -> bytes:
        if self._native is not None:
            with contextlib.suppress(Exception):  # the long way knows what is wrong, if anything is
                return self._native.write(value)
        tree = self.values.mirror.tree(value)
        return self.messages.write(self.values.to_tree(value) if tree is NOTHING else tree)

    def decode(self, body: bytes, limits: Limits = STANDARD) -> Any:
        value, tree = self._read(body, limits)
        return self.values.from_json(tree_to_json(tree)) if value is NOTHING else value

    def document(self, body: bytes, limits: Limits = STANDARD) -> Any:
        """The value where it needs no validation any more, else the JSON document of it."""
        value, tree = self._read(body, limits)
        return tree_to_json(tree) if value is NOTHING else value

    def _read(self, body: bytes, limits: Limits) -> tuple[Any, Any]:
        """The value, or :data:`NOTHING` and the document's tree."""
        limits.check_size(len(body))
        if self._native is not None and len(body) <= limits.elements:
            with contextlib.suppress(Exception):
                return self._native.read(body, limits.depth), None
        message = self.messages.parsed(body, limits)
        if self._direct is not None and not _may_be_non_finite(body):
            with contextlib.suppress(Exception):
                return self._direct(message, limits.depth), None
        tree = self.messages.tree(message, body, limits)
        return self.values.mirror.read_tree(tree), tree

    @functools.cached_property
    def _native(self) -> NativeMessage | None:
        return self._if_direct(self._make_native)

    @functools.cached_property
    def _direct(self) -> Read | None:
        return self._if_direct(self._make_direct)

    def _if_direct(self, make: Callable[[], T]) -> T | None:
        if not self.values.mirror.exists:
            return None
        try:
            return make()
        except NotDirect:
            return None


def _may_be_non_finite(body: bytes) -> bool:
    some = _LAST_OF_NON_FINITE[0] in body or _LAST_OF_NON_FINITE[1] in body
    return some and _MAYBE_NON_FINITE.search(body) is not None


@dataclass(frozen=True, slots=True)
class ProtobufFile:
    """``codecs`` by the name of the message; ``lock`` fits and is what to write for next time."""

    shapes: Shapes
    lock: Lock
    codecs: Mapping[str, ProtobufCodec]

    def text(self) -> str:
        """The ``.proto`` file, for other languages."""
        return proto_text(self.shapes, self.lock)


def protobuf_file(
    package: str, roots: Mapping[str, Root], lock: Lock | None = None
) -> ProtobufFile:
    """Compile the messages of a service; without a lock numbers follow the declaration.

    ``roots`` by message name (``Inventory_item_Request``). Raises Pydantic's
    :class:`PydanticInvalidForJsonSchema` for a type that can't be described.
    """
    shapes = read_types(package, roots)
    now = locked(shapes, lock)
    messages = compile_messages(shapes, now.numbers())
    codecs = {
        name: ProtobufCodec(
            Values(root.adapter),
            messages[name],
            functools.partial(direct_reader, name, root.adapter, shapes),
            functools.partial(native_message, name, root.adapter, shapes, now.numbers()),
        )
        for name, root in roots.items()
    }
    return ProtobufFile(shapes, now, codecs)


def compile_messages(
    shapes: Shapes, numbers: dict[str, dict[str, int]], *, syntax: str = "proto3"
) -> Mapping[str, Messages]:
    """The roots, by name."""
    classes = message_classes(shapes, numbers, syntax=syntax)
    encoders, decoders = Encoders(shapes), Decoders(shapes, numbers)
    tables = scan_tables(shapes, numbers)
    return {
        name: Messages(classes[name], encoders.root(name), decoders.message(name), tables[name])
        for name in shapes.roots
    }
