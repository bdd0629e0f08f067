"""The same in machine code, where it could be built (``native.pyx``): a third of the time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from hub.wire.protobuf.direct.members import Member, Members, NotDirect
from hub.wire.protobuf.lock import Numbers
from hub.wire.protobuf.shapes import Form, Kind, Message, Shapes

if TYPE_CHECKING:
    from hub.wire.plain.native import Message as NativeMessage
else:
    NativeMessage = Any

try:
    from hub.wire.plain import native
except ImportError:
    _BUILT = False
else:
    _BUILT = sys.byteorder == "little"  # as on the wire: doubles are copied as they are


def is_built() -> bool:
    return _BUILT


def native_message(
    name: str, adapter: TypeAdapter[Any], shapes: Shapes, numbers: Numbers
) -> NativeMessage:
    """What reads and writes the message ``name``, which travels by itself. Raises
    :class:`NotDirect`, also where it was not built."""
    if not is_built():
        raise NotDirect(name)
    plans = _Plans(shapes, numbers)
    message, members = plans.of_root(name, adapter)
    form = native.WRAPPER if message.form is Form.WRAPPER else native.ARGUMENTS
    return plans.filled(native.Message(form), message, members)


class _Plans(Members):
    def __init__(self, shapes: Shapes, numbers: Numbers) -> None:
        super().__init__(shapes)
        self._numbers = numbers
        self._made: dict[str, NativeMessage] = {}

    def begin(self, name: str, own: type) -> None:
        self._made[name] = native.Message(native.DATACLASS, own)

    def define(self, name: str, message: Message, members: Sequence[Member]) -> None:
        self.filled(self._made[name], message, members)

    def filled(
        self, plan: NativeMessage, message: Message, members: Sequence[Member]
    ) -> NativeMessage:
        kinds = {
            Kind.INT64: native.INT64,
            Kind.DOUBLE: native.DOUBLE,
            Kind.STRING: native.STRING,
            Kind.BOOL: native.BOOL,
            Kind.MESSAGE: native.MESSAGE,
        }
        numbers = self._numbers[message.name]
        try:
            for member in sorted(members, key=lambda each: numbers[each.name]):
                plan.add(
                    sys.intern(member.name),
                    numbers[member.name],
                    kinds[member.kind],
                    self._made.get(member.within),
                    many=member.is_list,
                    null=member.null,
                    required=member.required,
                    default=member.default,
                )
        except ValueError as error:  # a number that is too large for its tables
            raise NotDirect(message.name) from error
        return plan
