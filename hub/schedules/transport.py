"""A Celery broker on the Django database: a kombu transport over one table.

Nothing is to be installed, no message is lost when a process is killed, and a task sent in a
transaction exists when, and only when, the transaction is committed. For a few hundred tasks a
second; beyond that, and for many machines, RabbitMQ and Redis are there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from queue import Empty
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, close_old_connections, transaction
from kombu.transport import virtual

from hub.schedules import messages
from hub.schedules.keeper import keeper

# Seconds between looks at the table for what other processes, which can't ring, have sent: more
# often just after they did, down to four times a second.
_SHORTEST: Final = 0.02
_LONGEST: Final = 0.25

logger = logging.getLogger(__name__)


class Bell:
    """Wakes the consumer of this process when this process has something for it."""

    def __init__(self) -> None:
        self.forked()

    def forked(self) -> None:
        """In a child: a thread of the parent may be at it."""
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """True when it rang."""
        rang = self._rung.wait(seconds)
        self._rung.clear()
        return rang


bell = Bell()


class QoS(virtual.QoS):
    """Acknowledging deletes the row. What is held lives in the table, not in this object."""

    restore_at_shutdown = False

    def ack(self, delivery_tag: str) -> None:
        pk = int(delivery_tag)
        messages.acknowledge(pk, owner=keeper.owner)
        self._done(pk, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not requeue:
            self.ack(delivery_tag)
            return
        pk = int(delivery_tag)
        messages.give_back([pk], owner=keeper.owner)
        self._done(pk, delivery_tag)

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Nothing: a task may still run when its connection is made anew."""
        self._on_collect.cancel()

    def _done(self, pk: int, delivery_tag: str) -> None:
        keeper.release(pk)
        self._delivered.pop(delivery_tag, None)
        bell.ring()


class Channel(virtual.Channel):
    QoS = QoS
    do_restore = False
    body_encoding = "utf-8"

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        payload = json.dumps(message)
        not_before = _not_before(message)
        _outside_of_event_loops(lambda: _store(queue, payload, not_before))

    def _get_many(self, queues: Sequence[str], timeout: float | None = None) -> None:
        free = self.qos.can_consume_max_estimate()
        claimed = messages.claim(queues, limit=8 if free is None else free, owner=keeper.owner)
        if not claimed:
            raise Empty
        keeper.hold(message.pk for message in claimed)
        for message in claimed:
            raw = json.loads(message.payload)
            raw["properties"]["delivery_tag"] = str(message.pk)
            self.connection._deliver(raw, message.queue)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        claimed = messages.claim([queue], limit=1, owner=keeper.owner)
        if not claimed:
            raise Empty
        keeper.hold([claimed[0].pk])
        raw: dict[str, Any] = json.loads(claimed[0].payload)
        raw["properties"]["delivery_tag"] = str(claimed[0].pk)
        return raw

    def _purge(self, queue: str) -> int:
        return messages.purge(queue)

    def _size(self, queue: str) -> int:
        return 0  # asked at each declaration, for information only

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return True


class Transport(virtual.Transport):
    Channel = Channel
    driver_type = "database"
    driver_name = "django"
    can_parse_url = True
    connection_errors: Any = (DatabaseError, InterfaceError)
    channel_errors: Any = ()

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)  # type: ignore[no-untyped-call]
        self._last_found = float("-inf")  # when something was found that had not rung
        self._rang = True

    def driver_version(self) -> str:
        return "1"

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Deliver what can be claimed; wait for it up to ``timeout`` seconds. Raises
        :class:`TimeoutError` after that, and where the worker is to stop: Celery looks at that
        between two calls only. A full channel waits for an acknowledgement."""
        deadline = time.monotonic() + (2.0 if timeout is None else timeout)
        while not _is_to_stop():
            if self._deliver_claimed():
                return
            left = deadline - time.monotonic()
            if left <= 0:
                break
            silence = time.monotonic() - self._last_found
            self._rang = bell.wait(min(left, max(_SHORTEST, min(_LONGEST, silence / 4))))
        raise TimeoutError

    def _deliver_claimed(self) -> bool:
        delivered = False
        for channel in list(self.channels):
            queues = channel._active_queues
            if not (queues and channel._consumers and channel.qos.can_consume()):
                continue
            found = not self._rang and messages.is_any_visible(queues)
            if found:
                self._last_found = time.monotonic()
            if self._rang or found:
                with contextlib.suppress(Empty):
                    channel._get_many(queues)
                    delivered = True
        close_old_connections()
        self._rang = delivered  # there may be more
        return delivered


def _is_to_stop() -> bool:
    from celery.worker import state  # not above: who only sends needs no worker

    told = state.should_stop, state.should_terminate
    return any(each is not None and each is not False for each in told)  # 0 is an exit code


def _store(queue: str, payload: str, not_before: float | None) -> None:
    messages.put(queue, payload, not_before=not_before)
    transaction.on_commit(bell.ring)


def _not_before(message: dict[str, Any]) -> float | None:
    """The task's eta in seconds since 1970: until then no worker need hold it."""
    eta = message.get("headers", {}).get("eta")
    if not isinstance(eta, str):
        return None
    try:
        moment = datetime.fromisoformat(eta)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _outside_of_event_loops(store: Callable[[], None]) -> None:
    """Async code may send tasks too, as it may with every broker: it waits for one insertion.
    Django keeps its connections off event loops, so a thread does it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        store()
    else:
        _sender.submit(_in_the_sender, store).result()


def _in_the_sender(store: Callable[[], None]) -> None:
    try:
        store()
    finally:
        close_old_connections()


def _new_sender() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="hub-send")


def _after_fork() -> None:
    """A fork copies no threads: a child's tasks would wait for the parent's for ever."""
    global _sender
    _sender = _new_sender()
    bell.forked()


_sender = _new_sender()
os.register_at_fork(after_in_child=_after_fork)
