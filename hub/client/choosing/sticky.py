"""The same address for the same key, as long as it is there: rendezvous hashing.

Each address has a score for each key, and the highest wins. When one goes only its own keys move,
evenly to all others; when one comes it takes only its share (Thaler and Ravishankar, 1998).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

from hub.client.calls import Call
from hub.client.choosing.chooser import Load, Strategy
from hub.client.discovery.snapshot import Endpoint

_LARGEST: Final = 1 << 64


class Sticky:
    def __init__(self, key: Callable[[Call], object]) -> None:
        self._key = key

    def choose(self, endpoints: Sequence[Endpoint], call: Call, load: Load) -> Endpoint:
        key = str(self._key(call)).encode(errors="surrogatepass")
        return max(endpoints, key=lambda each: score(key, each))


def sticky(key: str | Callable[[Call], object]) -> Strategy:
    """Choose by ``key``: the name of an argument of the methods, or a function of the call. Calls
    without that argument all have one key."""
    if isinstance(key, str):
        name = key
        return lambda: Sticky(lambda call: call.arguments.get(name, ""))
    function = key
    return lambda: Sticky(function)


def score(key: bytes, endpoint: Endpoint) -> float:
    """Higher for heavier ones, so that each gets its share of keys by weight."""
    # The instance's name and not its URL: it keeps its keys when it moves.
    name = (endpoint.instance or endpoint.url).encode(errors="surrogatepass")
    digest = blake2b(name + b"\0" + key, digest_size=8).digest()
    drawn = (int.from_bytes(digest, "big") + 0.5) / _LARGEST
    return -endpoint.weight / math.log(drawn) if 0.0 < drawn < 1.0 else 0.0
