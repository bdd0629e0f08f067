"""Which channels can carry a method, found out when an instance announces them."""

from __future__ import annotations

import weakref
from typing import Final

from hub.client.channels.registered import Channels, UnknownChannel
from hub.client.methods import RemoteMethod

STREAM: Final = "stream"

_known: Final[weakref.WeakKeyDictionary[Channels, dict[tuple[RemoteMethod, bool], Carriers]]] = (
    weakref.WeakKeyDictionary()
)


class Carriers:
    """The names ``in`` it are those of channels that carry the method. Channels are made, and
    their modules imported, no sooner than somebody asks for them. A socket that stays open is for
    streams: a plain call takes it only where it is ``named``."""

    def __init__(self, channels: Channels, method: RemoteMethod, *, named: bool) -> None:
        self._channels = weakref.ref(channels)
        self._method = method
        self._found: dict[object, bool] = {}
        if not named and not method.streams:
            self._found[STREAM] = False

    def __contains__(self, name: object) -> bool:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._carries(str(name))
        return found

    def _carries(self, name: str) -> bool:
        channels = self._channels()
        try:
            return channels is not None and channels.named(name).serves(self._method)
        except UnknownChannel:
            return False


def carriers_of(channels: Channels, method: RemoteMethod, *, named: bool) -> Carriers:
    """The same object each time: what was resolved by it is found again."""
    of = _known.get(channels)
    if of is None:
        of = _known.setdefault(channels, {})
    found = of.get((method, named))
    if found is None:
        found = of.setdefault((method, named), Carriers(channels, method, named=named))
    return found
