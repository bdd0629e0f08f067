"""Nested actions: methods marked ``@action`` of the types that operations return."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from hub.sdk.actions import ActionDeclaration, declaration_of
from hub.wire.signatures import Undescribable


def owner_types(hint: Any) -> Iterator[type]:
    """Every class within ``hint``, its fields' types included, that has nested actions."""
    yield from _owner_types(hint, set())


def methods_of(owner: type) -> Iterator[ActionDeclaration]:
    """The nested actions of a class, inherited ones too, by name."""
    members: dict[str, Any] = {}
    for each in reversed(owner.__mro__[:-1]):
        members |= vars(each)
    for _, member in sorted(members.items()):
        declaration = declaration_of(member)
        if declaration is not None:
            yield declaration


def without_self(signature: inspect.Signature) -> inspect.Signature:
    """The method's parameters but the first. Raises :class:`Undescribable` where it has none."""
    parameters = list(signature.parameters.values())
    if not parameters:
        raise Undescribable("a nested action is a method: its first parameter is self.")
    if any(parameter.name == "owner" for parameter in parameters):
        raise Undescribable("the parameter 'owner' of a nested action is its object's own.")
    return signature.replace(parameters=parameters[1:])


def with_owner(
    signature: inspect.Signature, hints: Mapping[str, Any], owner: type
) -> tuple[inspect.Signature, dict[str, Any]]:
    """The same parameters behind ``owner``, whose value callers send along."""
    first = inspect.Parameter("owner", inspect.Parameter.KEYWORD_ONLY)
    rest = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in signature.parameters.values()
    ]
    return inspect.Signature([first, *rest]), {**hints, "owner": owner}


def _owner_types(hint: Any, seen: set[int]) -> Iterator[type]:
    if id(hint) in seen:
        return
    seen.add(id(hint))
    for part in typing.get_args(hint):
        yield from _owner_types(part, seen)
    if not isinstance(hint, type) or hint.__module__ == "builtins":
        return
    if any(True for _ in methods_of(hint)):
        yield hint
    for field in _fields(hint).values():
        yield from _owner_types(field, seen)


def _fields(owner: type) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(owner, include_extras=True)
    except Exception:  # noqa: BLE001 - a type that can't be read is refused where it is used
        return {}
