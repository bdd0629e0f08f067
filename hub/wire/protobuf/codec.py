"""The Protobuf codec: one file of messages, and a codec for each that travels by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from google.protobuf.message import DecodeError

from hub.wire.codecs.codec import Values, not_encodable
from hub.wire.codecs.limits import STANDARD, Limits, too_deep
from hub.wire.codecs.trees import refuse_non_finite, tree_to_json
from hub.wire.mirrors.mirror import NOTHING
from hub.wire.protobuf.decoding import Decode, Decoders, TooDeep
from hub.wire.protobuf.descriptors import message_classes
from hub.wire.protobuf.encoding import Encoders
from hub.wire.protobuf.lock import Lock, locked
from hub.wire.protobuf.reading import Root, read_types
from hub.wire.protobuf.scalars import Encode
from hub.wire.protobuf.scanning import Table, scan, scan_tables, unreadable
from hub.wire.protobuf.shapes import Shapes
from hub.wire.protobuf.text import proto_text

# The last bytes of a double or float that may be NaN or infinite; other bytes may look like them.
_MAYBE_NON_FINITE: Final = re.compile(rb"[\x80-\xff][\x7f\xff]")


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
        limits.check_size(len(body))
        if len(body) > limits.elements:  # fewer bytes can't hold more
            scan(body, self.table, limits)
        try:
            message = self.made_of.FromString(body)
        except DecodeError:
            scan(body, self.table, limits)  # knows why
            raise unreadable("the bytes are not such a message") from None
        try:
            tree = self.decode_tree(message, limits.depth)
        except (TooDeep, RecursionError):
            raise too_deep(limits.depth) from None
        except ValueError as error:  # text that is no UTF-8, which proto2 lets through
            raise unreadable(str(error)) from None
        if _MAYBE_NON_FINITE.search(body):
            refuse_non_finite(tree)
        return tree


@dataclass(frozen=True, slots=True)
class ProtobufCodec:
    values: Values
    messages: Messages
    media_type: ClassVar[str] = "application/x-protobuf"

    def encode(self, value: Any) -> bytes:
        tree = self.values.mirror.tree(value)
        return self.messages.write(self.values.to_tree(value) if tree is NOTHING else tree)

    def decode(self, body: bytes, limits: Limits = STANDARD) -> Any:
        tree = self.messages.read(body, limits)
        value = self.values.mirror.read_tree(tree)
        return self.values.from_json(tree_to_json(tree)) if value is NOTHING else value


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
        name: ProtobufCodec(Values(root.adapter), messages[name]) for name, root in roots.items()
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
