"""The lock: which number each field has, for ever.

A file to be committed. A number is never given twice in a message: that of a field that went, or
whose type changed, stays reserved, and is given back only to a field of the same name and type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hub.wire.protobuf.shapes import Shapes

FORMAT: Final = 1
_LAST: Final = 2**29 - 1
_PROTOBUFS_OWN: Final = range(19_000, 20_000)

Numbers = dict[str, dict[str, int]]  # of each message and enum: numbers by name


@dataclass(frozen=True, slots=True)
class Entry:
    """``type`` as in the ``.proto`` file; of an enum's constant its JSON value."""

    name: str
    number: int
    type: str


@dataclass(frozen=True, slots=True)
class Entries:
    used: tuple[Entry, ...] = ()
    reserved: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    package: str
    types: Mapping[str, Entries] = field(default_factory=dict)

    def numbers(self) -> Numbers:
        return {
            name: {entry.name: entry.number for entry in entries.used}
            for name, entries in self.types.items()
        }


class BrokenLock(ValueError):
    """The file is no lock; the message says where."""


def locked(shapes: Shapes, before: Lock | None = None) -> Lock:
    """The lock that fits ``shapes``: what ``before`` says, and next numbers for what is new, in
    the order of declaration. The same shapes and lock always give the same lock."""
    wanted = dict(_wanted(shapes))
    old = before.types if before else {}
    types = {name: _numbered(old.get(name, Entries()), fields) for name, fields in wanted.items()}
    gone = {name: _numbered(old[name], ()) for name in old if name not in wanted}
    return Lock(shapes.package, dict(sorted({**types, **gone}.items())))


def differences(shapes: Shapes, lock: Lock) -> list[str]:
    """Where the lock does not fit, a sentence each; empty where it fits."""
    if lock.package != shapes.package:
        return [f"The lock is for the package {lock.package}, not {shapes.package}."]
    found: list[str] = []
    for name, entries in locked(shapes, lock).types.items():
        known = lock.types.get(name)
        if known is None:
            found.append(f"{name} is not in the lock.")
            continue
        new, old = set(entries.used), set(known.used)
        names = {entry.name: entry for entry in new}
        for entry in known.used:
            if entry in new:
                continue
            now = names.get(entry.name)
            found.append(
                f"{name}.{entry.name} was {entry.type} and is {now.type}."
                if now
                else f"{name}.{entry.name} is gone, and its number {entry.number} not reserved."
            )
        was = {entry.name for entry in known.used}
        found += [
            f"{name}.{entry.name} has no number."
            for entry in entries.used
            if entry not in old and entry.name not in was
        ]
    return found


def write_lock(lock: Lock) -> str:
    """Text that changes no more than what it tells: sorted, indented, with a newline at the end."""
    return json.dumps(lock_document(lock), indent=2, ensure_ascii=False) + "\n"


def lock_document(lock: Lock) -> dict[str, Any]:
    types = {
        name: {
            "used": {entry.name: [entry.number, entry.type] for entry in entries.used},
            "reserved": [[entry.number, entry.name, entry.type] for entry in entries.reserved],
        }
        for name, entries in lock.types.items()
    }
    return {"format": FORMAT, "package": lock.package, "types": types}


def read_lock(text: str) -> Lock:
    """Raises :class:`BrokenLock`, also for a number that is given twice."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenLock(f"The lock can't be read: {error!r}.") from None
    return lock_of(document)


def lock_of(document: Any) -> Lock:
    """The lock of a parsed document. Raises :class:`BrokenLock`."""
    try:
        if document["format"] != FORMAT:
            raise BrokenLock(f"The lock has the format {document['format']!r}, not {FORMAT}.")
        types = {name: _entries(entries) for name, entries in document["types"].items()}
        lock = Lock(str(document["package"]), types)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, BrokenLock):
            raise
        raise BrokenLock(f"The lock can't be read: {error!r}.") from None
    for name, entries in lock.types.items():
        _check(name, [*entries.used, *entries.reserved])
    return lock


def _entries(document: Mapping[str, Any]) -> Entries:
    return Entries(
        tuple(_entry(name, number, kind) for name, (number, kind) in document["used"].items()),
        tuple(_entry(name, number, kind) for number, name, kind in document["reserved"]),
    )


def _entry(name: object, number: object, kind: object) -> Entry:
    if not (isinstance(name, str) and isinstance(kind, str) and type(number) is int):
        raise BrokenLock(f"The lock has no number, name and type at {name!r}.")
    return Entry(name, number, kind)


def _check(name: str, entries: Iterable[Entry]) -> None:
    seen: dict[int, Entry] = {}
    for entry in entries:
        if not 0 < entry.number <= _LAST or entry.number in _PROTOBUFS_OWN:
            raise BrokenLock(f"{name}.{entry.name} can't have the number {entry.number}.")
        if entry.number in seen:
            other = seen[entry.number].name
            raise BrokenLock(f"{name}.{entry.name} and {other} both have number {entry.number}.")
        seen[entry.number] = entry


def _wanted(shapes: Shapes) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for message in shapes.messages.values():
        yield message.name, [(field.name, field.written) for field in message.fields]
    for enum in shapes.enums.values():
        yield enum.name, [(name, json.dumps(value)) for name, value in enum.values.items()]


def _numbered(before: Entries, wanted: Iterable[tuple[str, str]]) -> Entries:
    known = {(entry.name, entry.type): entry for entry in (*before.used, *before.reserved)}
    last = max((entry.number for entry in known.values()), default=0)
    used: list[Entry] = []
    for name, kind in wanted:
        entry = known.pop((name, kind), None)
        if entry is None:
            last += 1
            if last in _PROTOBUFS_OWN:
                last = _PROTOBUFS_OWN.stop
            entry = Entry(name, last, kind)
        used.append(entry)
    left = sorted(known.values(), key=lambda entry: entry.number)
    return Entries(tuple(used), tuple(left))
