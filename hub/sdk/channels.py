"""``@channel("name")``: a transport for calls, besides those the hub has."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hub.sdk.names import told

C = TypeVar("C", bound=type)

ATTRIBUTE: Final = "__hub_channel__"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_METHODS: Final = ("serves", "call", "acall", "close")


@dataclass(frozen=True, slots=True)
class ChannelDeclaration:
    """``make`` takes the client's settings and gives a :class:`hub.client.calls.Channel`."""

    name: str
    make: Callable[..., Any]


def channel(name: str) -> Callable[[C], C]:
    """Declare a class as the channel ``name``: components may list it, instances may have an
    address for it, and callers may ask for it.

    It is made once a process, with the client's settings, and has the methods of
    :class:`hub.client.calls.Channel`. Raises :class:`ValueError` or :class:`TypeError`.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"A channel's name is a word such as 'grpc' or 'my-wire', not {name!r}.")

    def declare(owner: C) -> C:
        if not isinstance(owner, type):
            raise TypeError(f"@channel stands above a class, not above {told(owner)}.")
        missing = [each for each in _METHODS if not callable(getattr(owner, each, None))]
        if missing:
            raise TypeError(f"The channel {owner.__name__} has no method '{missing[0]}'.")
        setattr(owner, ATTRIBUTE, ChannelDeclaration(name, owner))
        return owner

    return declare


def channel_declaration_of(value: object) -> ChannelDeclaration | None:
    """The record ``@channel`` left on the class itself, not on a base class of it."""
    found = vars(value).get(ATTRIBUTE) if isinstance(value, type) else None
    return found if isinstance(found, ChannelDeclaration) else None
