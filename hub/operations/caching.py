"""Answers kept by the hub itself: ``ttl`` is served without running the action.

An entry is one answer of one operation for one set of arguments, and one caller where the answer
may depend on who calls. It lives in Django's cache, so that with Redis all processes share it.
A cache that fails costs only what it would have saved.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final, NamedTuple

from hub.operations.admission import Admitted, injected
from hub.operations.cache_backend import fetch, in_memory, put
from hub.operations.operation import Operation
from hub.operations.running import run
from hub.sdk.callers import Caller
from hub.wire.errors import DeadlineExceeded

logger = logging.getLogger(__name__)

Unchanged = Callable[[str | None, datetime | None], bool]

NOT_KEPT: Final = object()


class Answer(NamedTuple):
    """``json`` is ``None`` when the client's copy is still good. ``max_age`` is what is left of
    the ttl, in seconds; ``etag`` is quoted (RFC 9110 §8.8.3). ``store`` false: no cache may keep
    it. Without a policy, only ``json`` is set."""

    json: bytes | None
    etag: str | None = None
    last_modified: datetime | None = None
    max_age: int | None = None
    private: bool = True
    store: bool = True
    declared: bool = False
    hit: bool = False

    @classmethod
    def not_modified(cls, operation: Operation, *, last_modified: datetime) -> Answer:
        """What the client has is as good as an answer made now, and so good for the whole ttl."""
        ttl = operation.cache.ttl if operation.cache else 0.0
        return cls(
            None,
            last_modified=last_modified,
            max_age=round(ttl) if ttl else None,
            private=operation.is_private,
            declared=True,
        )


class Stored(NamedTuple):
    """An encoded result; ``made`` is when, in seconds since 1970, ``tag`` the document's where it
    was made already. ``fresh`` is the result itself for the call that made it; others get their
    own, so that no two share an object."""

    json: bytes
    made: float = 0.0
    tag: str | None = None
    hit: bool = False
    fresh: Any = NOT_KEPT

    def value(self, operation: Operation) -> Any:
        """The result. Raises :class:`ValueError` where its type does not read what it writes."""
        if self.fresh is not NOT_KEPT:
            return self.fresh
        return operation.output.adapter.validate_json(self.json, by_name=True)

    def answer(
        self, operation: Operation, *, last_modified: datetime | None, unchanged: Unchanged | None
    ) -> Answer:
        policy = operation.cache
        ttl = policy.ttl if policy else 0.0
        tag = (self.tag or tag_of(self.json)) if policy and policy.etag else None
        same = unchanged is not None and tag is not None and unchanged(tag, last_modified)
        return Answer(
            json=None if same else self.json,
            etag=tag,
            last_modified=last_modified,
            max_age=max(0, round(self.made + ttl - time.time())) if ttl else None,
            private=operation.is_private,
            store=policy is None or policy.store,
            declared=True,
            hit=self.hit,
        )


def tag_of(document: bytes) -> str:
    """A strong entity tag of the document's bytes."""
    return f'"{hashlib.sha256(document).hexdigest()[:32]}"'


_under_way: dict[tuple[int, str], asyncio.Future[Stored | None]] = {}


Make = Callable[[Operation, Admitted], Awaitable[Stored]]


async def get_or_make(operation: Operation, admitted: Admitted, make: Make) -> Stored:
    """The kept answer, or a new one, made once for all who wait in this process. Errors are never
    kept: who waited for one that failed tries for himself; where the one who made it was
    cancelled, one of those who waited makes it."""
    key = _key(operation, admitted)
    if key is None:
        return _made_now(operation, await make(operation, admitted))
    mine: tuple[int, str] | None = None
    while True:
        kept = await _read(key, operation, admitted)
        if kept is not None:
            return kept
        mine = mine or (id(asyncio.get_running_loop()), key)
        other = _under_way.get(mine)
        if other is None:
            return await _make(mine, operation, admitted, make)
        await _wait(other, admitted)
        if not other.cancelled():
            return other.result() or _made_now(operation, await make(operation, admitted))


async def _make(
    mine: tuple[int, str], operation: Operation, admitted: Admitted, make: Make
) -> Stored:
    """Make the answer, which others wait for. They are told ``None`` when it failed."""
    future = _under_way[mine] = asyncio.get_running_loop().create_future()
    try:
        stored = _made_now(operation, await make(operation, admitted))
        for_others = stored._replace(fresh=NOT_KEPT, hit=True)
        await _write(mine[1], for_others, operation)
        future.set_result(for_others)
        return stored
    except Exception:
        future.set_result(None)
        raise
    finally:
        if not future.done():
            future.cancel()
        del _under_way[mine]


def _made_now(operation: Operation, stored: Stored) -> Stored:
    policy = operation.cache
    tag = tag_of(stored.json) if policy and policy.etag else None
    return stored._replace(made=time.time(), tag=tag)


async def _wait(other: asyncio.Future[Stored | None], admitted: Admitted) -> None:
    done, _ = await asyncio.wait([other], timeout=admitted.context.remaining())
    if not done:
        raise DeadlineExceeded(
            "The call did not finish in time: another one was making its answer."
        )


async def kept_value(operation: Operation, admitted: Admitted) -> Any:
    """The kept result, or ``NOT_KEPT``."""
    key = _key(operation, admitted)
    kept = None if key is None else await _read(key, operation, admitted)
    try:
        return NOT_KEPT if kept is None else kept.value(operation)
    except ValueError:
        return NOT_KEPT


async def keep(operation: Operation, admitted: Admitted, document: bytes) -> None:
    """Keep a result that was made elsewhere, encoded."""
    key = _key(operation, admitted)
    if key is not None:
        await _write(key, Stored(document, time.time()), operation)


async def changed_at(operation: Operation, admitted: Admitted) -> datetime | None:
    """What the policy's ``last_modified`` says, in whole seconds, as HTTP dates are, and never
    later than now (RFC 9110 §8.8.2.1)."""
    policy = operation.cache
    if policy is None or policy.last_modified is None:
        return None
    values = admitted.values
    if operation.input.injected:
        values = {**values, **injected(operation.input, admitted.context)}
    found = await run(
        policy.last_modified,
        values=values,
        seconds=admitted.context.remaining(),
        name=f"last_modified of {operation.name}",
    )
    if found is None:
        return None
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise TypeError(f"last_modified of {operation.name} must return an aware datetime.")
    found = min(found, datetime.now(UTC))
    if found.tzinfo is not UTC:
        found = found.astimezone(UTC)
    return found.replace(microsecond=0) if found.microsecond else found


def _key(operation: Operation, admitted: Admitted) -> str | None:
    """``None`` for arguments that JSON does not hold as they are, such as secrets and excluded
    fields: two that differ in such a part only must not get each other's answers."""
    arguments = _canonical(operation, admitted.values)
    if arguments is None:
        return None
    if operation.is_private:
        return _made_key(operation.name, arguments, _who(admitted.context.caller))
    make = _remembered_key if len(arguments) <= _SHORT else _made_key
    return make(operation.name, arguments)


def _who(caller: Caller) -> bytes:
    rights = (sorted(caller.scopes), caller.is_staff, caller.is_superuser)
    known = None if caller.permissions is None else sorted(caller.permissions)
    who = (caller.kind, caller.user_id, caller.username, rights, known)
    return repr(who).encode(errors="surrogatepass")


def _made_key(operation: str, arguments: bytes, who: bytes = b"") -> str:
    digest = hashlib.sha256(operation.encode() + b"\0" + arguments + who)
    return "hub:" + b64encode(digest.digest()[:18]).decode()  # 144 bits do


_SHORT: Final = 256  # bytes of arguments, so that what is remembered stays small
_remembered_key = functools.lru_cache(maxsize=1024)(_made_key)


def _canonical(operation: Operation, values: dict[str, Any]) -> bytes | None:
    if not values:
        return b""
    spec = operation.input
    try:
        document = spec.canonical(values)
        if spec.plain and operation.owner is None:
            return document
        same: bool = spec.adapter.validate_json(document, by_name=True) == values
    except Exception:  # noqa: BLE001 - comparing runs code of the arguments' own classes
        return None
    return document if same else None


async def _read(key: str, operation: Operation, admitted: Admitted) -> Stored | None:
    try:
        memory = in_memory()
        if memory is not None:
            found = memory.get(key)
        else:
            found = await fetch(key, timeout=admitted.context.remaining())
    except DeadlineExceeded:
        raise
    except Exception:
        logger.warning("The cache can't be read; %s runs.", operation.name, exc_info=True)
        return None
    ttl = operation.cache.ttl if operation.cache else 0.0
    # Redis keeps whole seconds, and the policy may be another one than when this was written.
    if found is None or not found[1] <= time.time() < found[1] + ttl:
        return None
    tag = found[2] if len(found) > 2 else None  # in Redis may be entries of an earlier version
    return Stored(found[0], found[1], tag, hit=True)


async def _write(key: str, stored: Stored, operation: Operation) -> None:
    seconds = ceil(operation.cache.ttl) if operation.cache else 0
    try:
        await put(key, (stored.json, stored.made, stored.tag), seconds)
    except Exception:
        logger.warning("The cache can't be written for %s.", operation.name, exc_info=True)
