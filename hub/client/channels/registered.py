"""Which channels there are, by name. Those of the hub are imported when they are first used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import Final

from hub.client.calls import Channel
from hub.client.discovery.background import background
from hub.client.settings import ClientSettings
from hub.sdk.channels import channel_declaration_of
from hub.wire.errors import BadRequest

ChannelFactory = Callable[[ClientSettings], Channel]

_BUILT_IN: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "rest": ("hub.client.channels.rest", "RestChannel"),
        "dispatch-json": ("hub.client.channels.dispatch", "JsonChannel"),
        "dispatch-msgpack": ("hub.client.channels.dispatch", "MessagePackChannel"),
        "dispatch-protobuf": ("hub.client.channels.dispatch", "ProtobufChannel"),
        "stream": ("hub.client.channels.stream", "StreamChannel"),
    }
)


class UnknownChannel(BadRequest):
    """There is no channel of that name."""

    default_code = "unknown_channel"


class Channels:
    """The channels of one client: each is made at its first use, once. Usable from any thread.

    ``own`` are classes marked ``@channel``, besides the hub's; one may take the place of the hub's
    own. Raises :class:`TypeError` for what is no channel.
    """

    def __init__(self, settings: ClientSettings, *, own: Iterable[type] = ()) -> None:
        self._settings = settings
        self._own = _declared(own)
        self._open: dict[str, Channel] = {}
        self._lock = threading.Lock()
        background.on_fork(self)

    def forked(self) -> None:
        """In a child: who makes a channel at the moment is a thread of the parent."""
        self._lock = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*_BUILT_IN, *self._own)))

    def named(self, name: str) -> Channel:
        """Raises :class:`UnknownChannel`, which lists those there are."""
        found = self._open.get(name)
        if found is not None:
            return found
        make = self.factory(name)
        with self._lock:
            if name not in self._open:
                self._open[name] = make(self._settings)
            return self._open[name]

    def factory(self, name: str) -> ChannelFactory:
        """What makes the channel; raises :class:`UnknownChannel`."""
        if name in self._own:
            return self._own[name]
        if name not in _BUILT_IN:
            raise UnknownChannel(
                f"There is no channel '{name}'.",
                hint=f"{_meant(name, self.names)}There are: {', '.join(self.names)}.",
            )
        module, attribute = _BUILT_IN[name]
        found: ChannelFactory = getattr(import_module(module), attribute)
        return found

    def close(self) -> None:
        """Close those that were made; they are made anew when they are used again."""
        with self._lock:
            closing, self._open = self._open, {}
        for channel in closing.values():
            channel.close()


def _declared(own: Iterable[type]) -> dict[str, ChannelFactory]:
    found: dict[str, ChannelFactory] = {}
    for each in own:
        declaration = channel_declaration_of(each)
        if declaration is None:
            raise TypeError(f"{getattr(each, '__name__', each)!r} is no channel: mark it @channel.")
        if declaration.name in found:
            raise TypeError(f"Two classes are the channel '{declaration.name}'.")
        found[declaration.name] = declaration.make
    return found


def _meant(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1)
    return f"Did you mean '{near[0]}'? " if near else ""
