"""The functions' Python source. All names in it are identifiers and no keywords.

They are called with a message ``m`` and how many levels its value may have, ``left``. Each member
is read into ``x``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.wire.protobuf.direct.members import Member


def dataclass_source(name: str, members: Sequence[Member]) -> str:
    """``members`` are in the order of the class, which is known as ``make_<name>``, a member's
    default as ``default_<name>_<number>()``."""
    lines = _levels(members)
    given: list[str] = []
    for number, member in enumerate(members):
        absent = "x = None" if member.null else "raise Unfit"
        if not member.required:
            absent = f"x = default_{name}_{number}()"
        lines += [*_read(member, absent), f"x{number} = x"]
        given.append(f"{member.name}=x{number}" if member.keyword_only else f"x{number}")
    given.sort(key=lambda one: "=" in one)
    return _function(f"read_{name}", [*lines, f"return make_{name}({', '.join(given)})"])


def arguments_source(members: Sequence[Member]) -> str:
    """An object by name; what was not sent is absent, but for empty lists and nulls."""
    lines = [*_levels(members), "found = {}"]
    for member in members:
        keep = f"found[{member.name!r}] = x"
        if member.is_list or member.null:
            lines += [*_read(member, "x = None"), keep]
        elif member.required:
            lines += [*_read(member, "raise Unfit"), keep]
        else:
            lines += [*_read(member, "x = Unfit"), "if x is not Unfit:", f"    {keep}"]
    return _function("read", [*lines, "return found"])


def value_source(member: Member) -> str:
    """A message's one member, as the value itself."""
    lines = _read(member, "x = None" if member.null else "raise Unfit")
    if member.is_list:
        lines = ["if left <= 0:", "    raise Unfit", *lines]
    return _function("read", [*lines, "return x"])


def _read(member: Member, absent: str) -> list[str]:
    """``absent`` is done where nothing was sent; a scalar reads as zero then."""
    name, within = member.name, member.within
    if member.is_list and within:
        each = f"read_{within}(each, left - 1)"
        return [f"x = m.{name}", f"x = [{each} for each in x] if x else []"]
    if member.is_list:
        return [f"x = m.{name}[:]"]
    if within:
        read = f"x = read_{within}(m.{name}, left)"
        return [f"if m.HasField({name!r}):", f"    {read}", "else:", f"    {absent}"]
    return [f"x = m.{name}", f"if not x and not m.HasField({name!r}):", f"    {absent}"]


def _levels(members: Iterable[Member]) -> list[str]:
    """An empty list is a level too."""
    least = int(any(member.is_list for member in members))
    return ["left -= 1", f"if left < {least}:", "    raise Unfit"]


def _function(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"def {name}(m, left):", *(f"    {line}" for line in lines)])
