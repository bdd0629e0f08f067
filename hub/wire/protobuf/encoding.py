"""From a document's tree to what the runtime's messages are built of, compiled once per type."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from hub.wire.protobuf.scalars import (
    ACCEPTED,
    BACK,
    DIRECT,
    SCALARS,
    Encode,
    Misfit,
    a_dict,
    a_list,
    enum_encoder,
    json_text,
)
from hub.wire.protobuf.shapes import (
    EXTRA,
    Field,
    Form,
    Kind,
    Label,
    Message,
    Shapes,
    Value,
)

# In a choice, what would also take a value that another kind keeps better comes later.
_LATER: Final = {Kind.DOUBLE: 1, Kind.STRING: 2, Kind.JSON: 3}


class _Chosen(threading.local):
    """What choices made of an object or list, by its identity. Without it, trying one type after
    the other would take twice as long for each level of types that differ only deep within."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, int], dict[str, Any] | None] = {}


class Encoders:
    """Encoders by message name. An encoder takes the JSON form and gives a dict of fields."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.made: dict[tuple[str, bool], Encode] = {}
        self.chosen = _Chosen()

    def root(self, name: str) -> Encode:
        """The encoder to call: those within remember what they chose until it returns."""
        encode, chosen = self.message(name), self.chosen
        if not any(message.form is Form.CHOICE for message in self.shapes.messages.values()):
            return encode

        def remembering(tree: Any) -> Any:
            chosen.known = {}
            try:
                return encode(tree)
            finally:
                chosen.known = {}

        return remembering

    def message(self, name: str, *, checked: bool = False) -> Encode:
        """``checked``: refuses what does not fit, as choices need it. Else the runtime does so.

        Messages may hold themselves, so the encoder within is looked up when it runs.
        """
        key = (name, checked)
        if key not in self.made:
            self.made[key] = lambda tree: self.made[key](tree)
            self.made[key] = self._compile(self.shapes.messages[name], checked)
        return self.made[key]

    def _compile(self, message: Message, checked: bool) -> Encode:
        if message.form is Form.CHOICE:
            return self._choice(message)
        if not checked and self._is_direct(message, set()):
            return _object_as_it_is
        if message.form is Form.WRAPPER:
            return self._member(message.fields[0], checked)
        if message.form is Form.TUPLE:
            return self._tuple(message, checked)
        members = {
            field.key: self._member(field, checked)
            for field in _quick_ones_first(message)
            if _has_own(field)
        }
        return _object(message, members, checked)

    def _member(self, field: Field, checked: bool) -> Encode:
        """What gives the message's fields for a member's value: one, or none."""
        name = field.name
        one = self.value(field.value, checked=checked)
        if field.label is Label.MANY:
            return lambda tree: {name: [one(item) for item in a_list(tree)]}
        if field.label is Label.MAP:
            return lambda tree: {name: {key: one(item) for key, item in a_dict(tree).items()}}
        if field.null:
            return lambda tree: {} if tree is None else {name: one(tree)}
        return lambda tree: {name: one(tree)}

    def _tuple(self, message: Message, checked: bool) -> Encode:
        members = [self._member(field, checked) for field in message.fields]

        def encode(tree: Any) -> dict[str, Any]:
            if len(a_list(tree)) != len(members):
                raise Misfit(f"{len(tree)} members where {len(members)} belong")
            made: dict[str, Any] = {}
            for one, item in zip(members, tree, strict=True):
                made.update(one(item))
            return made

        return encode

    def _choice(self, message: Message) -> Encode:
        choices = [
            (field.name, self._accepted(field.value, set()), _lossless(field.value, self))
            for field in sorted(message.fields, key=lambda one: _LATER.get(one.value.kind, 0))
        ]

        chosen, name_of_all = self.chosen, message.name

        def choose(tree: Any) -> dict[str, Any] | None:
            kind = type(tree)
            for name, accepted, one in choices:
                if kind in accepted:
                    try:
                        return {name: one(tree)}
                    except ValueError:
                        continue
            return None

        def encode(tree: Any) -> dict[str, Any]:
            if isinstance(tree, (dict, list)):
                key = (name_of_all, id(tree))  # the tree lives as long as what is remembered
                if key not in chosen.known:
                    chosen.known[key] = choose(tree)
                made = chosen.known[key]
            else:
                made = choose(tree)
            if made is None:
                raise Misfit(f"no type of {name_of_all} holds this {type(tree).__name__}")
            return made

        return encode

    def value(self, value: Value, *, checked: bool) -> Encode:
        if value.kind is Kind.MESSAGE:
            key = (value.type_name, checked)
            self.message(value.type_name, checked=checked)
            return lambda tree: self.made[key](tree)
        if value.kind is Kind.ENUM:
            return enum_encoder(self.shapes.enums[value.type_name])
        return SCALARS[value.kind]

    def _is_direct(self, message: Message, seen: set[str]) -> bool:
        """Whether the runtime takes the tree as it is."""
        if message.name in seen:
            return True
        seen.add(message.name)
        if message.form is not Form.OBJECT or message.rest:
            return False
        for field in message.fields:
            if field.key != field.name or field.marks_null:
                return False
            if field.value.kind is Kind.MESSAGE:
                within = self.shapes.messages[field.value.type_name]
                if field.label is Label.MAP or not self._is_direct(within, seen):
                    return False
            elif field.value.kind not in DIRECT:
                return False
        return True

    def _accepted(self, value: Value, seen: set[str]) -> frozenset[type]:
        """The Python types of the JSON values that a value may have."""
        if value.kind is Kind.ENUM:
            return frozenset(map(type, self.shapes.enums[value.type_name].values.values()))
        if value.kind is not Kind.MESSAGE:
            return ACCEPTED[value.kind]
        message = self.shapes.messages[value.type_name]
        if message.form is Form.OBJECT:
            return frozenset({dict})
        if message.form is Form.TUPLE:
            return frozenset({list})
        if message.name in seen:
            return frozenset()
        seen = seen | {message.name}
        found: set[type] = set()
        for field in message.fields:
            if field.label is Label.ONE:
                found |= self._accepted(field.value, seen)
            else:
                found.add(list if field.label is Label.MANY else dict)
            if field.null:
                found.add(type(None))
        return frozenset(found)


def _object(message: Message, members: Mapping[str, Encode], checked: bool) -> Encode:
    markers = {field.key: field.name for field in message.fields if field.marks_null}
    # Members whose absence would be read as null or as empty.
    expected = {
        field.key
        for field in message.fields
        if checked and (field.null or field.label is not Label.ONE)
    }
    known, rest = members.keys(), message.rest

    def encode(tree: Any) -> dict[str, Any]:
        keys = a_dict(tree).keys()
        if not (rest or keys <= known) or not expected <= keys:
            raise Misfit(f"{message.name} has other members")
        made: dict[str, Any] = {}
        for key, one in members.items():
            if key in tree:
                item = tree[key]
                if item is None and key in markers:
                    made[markers[key]] = True
                else:
                    made.update(one(item))
        if not keys <= known:
            made[EXTRA] = json_text({key: item for key, item in tree.items() if key not in known})
        return made

    return encode


def _object_as_it_is(tree: Any) -> Any:
    return a_dict(tree)


def _quick_ones_first(message: Message) -> list[Field]:
    """So that a choice learns early which of its types a value is not."""
    return sorted(message.fields, key=lambda field: field.value.kind is Kind.MESSAGE)


def _has_own(field: Field) -> bool:
    return not field.marks_null and field.name != EXTRA


def _lossless(value: Value, encoders: Encoders) -> Encode:
    """An encoder that refuses texts which would come back in another spelling."""
    one = encoders.value(value, checked=True)
    back = BACK.get(value.kind)
    if back is None:
        return one

    def encode(tree: Any) -> Any:
        made = one(tree)
        if back(made) != tree:
            raise Misfit("another spelling")
        return made

    return encode
