"""Readers in Python, compiled as ``dataclasses`` compiles ``__init__``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import TypeAdapter

from hub.wire.protobuf.direct.members import Member, Members
from hub.wire.protobuf.direct.source import arguments_source, dataclass_source, value_source
from hub.wire.protobuf.shapes import Form, Message, Shapes

# Takes the message and how many levels its value may have. Where the document has to be asked it
# raises, whatever it may be.
Read = Callable[[Any, int], Any]


class Unfit(Exception):
    """This value or message needs the document."""


def direct_reader(name: str, adapter: TypeAdapter[Any], shapes: Shapes) -> Read:
    """For the message ``name``, which travels by itself. Raises :class:`NotDirect`."""
    readers = _Readers(shapes)
    message, members = readers.of_root(name, adapter)
    wraps = message.form is Form.WRAPPER
    read: Read = readers.compiled(
        "read", value_source(members[0]) if wraps else arguments_source(members)
    )
    return read


class _Readers(Members):
    def __init__(self, shapes: Shapes) -> None:
        super().__init__(shapes)
        self._names: dict[str, Any] = {"Unfit": Unfit}

    def compiled(self, name: str, source: str) -> Any:
        """The function, which knows all others by name, as they know it."""
        code = compile(source, "<hub.wire.protobuf.direct>", "exec")
        exec(code, self._names)  # noqa: S102 - source.py has written it, of checked names
        return self._names[name]

    def begin(self, name: str, own: type) -> None:
        self._names[f"make_{name}"] = own

    def define(self, name: str, message: Message, members: Sequence[Member]) -> None:
        for number, member in enumerate(members):
            self._names[f"default_{name}_{number}"] = member.default
        self.compiled(f"read_{name}", dataclass_source(name, members))
