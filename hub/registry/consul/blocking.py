"""Blocking queries: answered when what they ask for has changed, or their time is over.

The index of an answer is that of the change log. Whether something changed since an index is told
by the log, and where the log tells of changes that this query does not show (a late lease, another
registration of the same), by what was answered at that index before. So neither the registry's
other changes nor a check's output wake those who wait.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from hub.operations.threads import run_in_thread
from hub.registry.consul.documents import without_output
from hub.registry.consul.durations import seconds_of
from hub.registry.consul.requests import Request
from hub.registry.instances import changes
from hub.registry.instances.rows import Change
from hub.registry.instances.watching import watch
from hub.wire.errors import BadRequest

USUAL_WAIT: Final = 300.0  # seconds
LONGEST_WAIT: Final = 600.0
JITTER: Final = 1 / 16  # of the wait, so that many don't come back at one moment
_REMEMBERED: Final = 20_000
_DATABASE_TIMEOUT: Final = 10.0
_READS: Final = 3
_LARGEST_INDEX: Final = 2**63 - 1

Services = frozenset[str]


@dataclass(frozen=True, slots=True)
class Query:
    """``key`` names what is asked, alike for all who ask it. ``read`` does database I/O and gives
    the document; ``services`` the services whose changes matter, all where it is empty."""

    key: str
    read: Callable[[], Any]
    services: Callable[[], Services]


@dataclass(frozen=True, slots=True)
class _Seen:
    """``index`` is the log's when the document was read; ``whole`` that nothing was written while
    it was. ``news`` is whether the log holds something for this query from the asked index on."""

    document: Any
    digest: bytes
    index: int
    whole: bool
    news: bool
    services: Services


@dataclass(frozen=True, slots=True)
class Found:
    """A query's answer with its ``X-Consul-Index``."""

    document: Any
    index: int


class _Memory:
    """What was answered at an index, and last; by the query's key."""

    def __init__(self) -> None:
        self._answered: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._last: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    def is_known(self, key: str, index: int, digest: bytes) -> bool:
        return self._answered.get((key, index)) == digest

    def index_for(self, key: str, seen: _Seen) -> int:
        """That of the last answer if it was the same, else the log's."""
        last = self._last.get(key)
        return last[0] if last and last[1] == seen.digest else seen.index

    def keep(self, key: str, index: int, seen: _Seen) -> None:
        if seen.whole:
            _put(self._answered, (key, index), seen.digest)
            _put(self._last, key, (index, seen.digest))


_memory = _Memory()
_readings: Final[dict[tuple[str, int, int], asyncio.Task[_Seen]]] = {}


async def answer(query: Query, request: Request) -> Found:
    """Raises :class:`BadRequest` for an ``index`` or ``wait`` that is none."""
    asked, wait = _asked(request), _wait(request)
    until = time.monotonic() + wait if asked else 0.0
    while True:
        seen = await _seen(query, asked)
        same = _is_same(query, asked, seen)
        if same:
            _memory.keep(query.key, asked, seen)
        left = until - time.monotonic()
        if not same or left <= 0:
            break
        await watch(seen.index, left, seen.services)
    index = asked if same else _index_for(query, asked, seen)
    _memory.keep(query.key, index, seen)
    return Found(seen.document, index)


async def _seen(query: Query, asked: int) -> _Seen:
    """Read once for all who ask the same at the same time, as all do whom one change woke."""
    place = (query.key, asked, id(asyncio.get_running_loop()))
    task = _readings.get(place)
    if task is None:
        reading = run_in_thread(_read, query, asked, timeout=_DATABASE_TIMEOUT)
        task = _readings[place] = asyncio.ensure_future(reading)
        task.add_done_callback(lambda _: _readings.pop(place, None))
    return await asyncio.shield(task)


def _is_same(query: Query, asked: int, seen: _Seen) -> bool:
    """Whether what the client saw at ``asked`` is what there is now."""
    if not 0 < asked <= seen.index:
        return False
    return not seen.news or _memory.is_known(query.key, asked, seen.digest)


def _index_for(query: Query, asked: int, seen: _Seen) -> int:
    if 0 < asked <= seen.index:
        return seen.index
    return _memory.index_for(query.key, seen)


def _read(query: Query, asked: int) -> _Seen:
    """In a thread. Read again where something was written meanwhile."""
    for attempt in range(1, _READS + 1):
        log = changes.tail()
        services = query.services()
        document = query.read()
        whole = changes.tail().next == log.next
        if whole or attempt == _READS:
            break
    news = not log.knows(asked) or _has_news(asked, log.next, services)
    return _Seen(document, _digest(document), log.next, whole, news, services)


def _has_news(asked: int, index: int, services: Services) -> bool:
    noted = Change.objects.filter(index__gte=asked, index__lt=index).order_by()
    return any(
        not services or not names or not services.isdisjoint(names)
        for names in noted.values_list("services", flat=True)
    )


def _digest(document: Any) -> bytes:
    text = json.dumps(without_output(document), sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _asked(request: Request) -> int:
    text = request.query.get("index", "")
    if not text:
        return 0
    if not text.isascii() or not text.isdecimal() or len(text) > 20:
        raise BadRequest("Invalid index")
    return min(int(text), _LARGEST_INDEX)


def _wait(request: Request) -> float:
    text = request.query.get("wait", "")
    try:
        wait = seconds_of(text) if text else USUAL_WAIT
    except ValueError:
        raise BadRequest("Invalid wait time") from None
    wait = min(wait if wait > 0 else USUAL_WAIT, LONGEST_WAIT)
    return wait * (1 + random.uniform(0, JITTER))  # noqa: S311 - spreads load


def _put(kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > _REMEMBERED:
        kept.popitem(last=False)
