"""What the hub says during a test: its signals and its log records."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from hub.logs.formats import make_formatter
from hub.sdk import signals
from hub.sdk.signals import Courier, Signal

T = TypeVar("T")

Record = dict[str, Any]


class CapturedSignals:
    """The fixture ``hub_signals``. ``sent`` holds each signal with its payload, in order, also
    those that no plugin listens to; receivers are called as ever."""

    def __init__(self) -> None:
        self.sent: list[tuple[Signal[Any], Any]] = []

    def of(self, signal: Signal[T]) -> list[T]:
        """The payloads of one signal."""
        return [payload for each, payload in self.sent if each is signal]

    def clear(self) -> None:
        self.sent.clear()

    @contextmanager
    def listening(self) -> Iterator[CapturedSignals]:
        before = signals._courier

        def send(signal: Signal[Any], payload: Any) -> None:
            self.sent.append((signal, payload))
            if before is not None:
                before.send(signal, payload)

        async def asend(signal: Signal[Any], payload: Any) -> None:
            self.sent.append((signal, payload))
            if before is not None:
                await before.asend(signal, payload)

        signals._courier = Courier(send=send, asend=asend)
        try:
            yield self
        finally:
            signals._courier = before


class CapturedLogs(logging.Handler):
    """The fixture ``hub_logs``. ``records`` are the JSON objects that the hub would write to
    stderr: with request id, caller, operation, plugin and trace, and without secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []
        self._levels = ExitStack()
        self.setFormatter(make_formatter(format="json"))

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(json.loads(self.format(record)))

    def find(self, **fields: Any) -> list[Record]:
        """Records with these fields. ``event`` is found as a part of the message."""
        part = fields.pop("event", "")
        return [
            record
            for record in self.records
            if part in str(record["event"])
            and all(record.get(name) == value for name, value in fields.items())
        ]

    def at(self, level: str, logger: str = "") -> None:
        """Hear a logger, by default all, from this level on until the test ends."""
        self._levels.enter_context(_at_level(level, logger))

    def clear(self) -> None:
        self.records.clear()

    @contextmanager
    def listening(self) -> Iterator[CapturedLogs]:
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield self
        finally:
            root.removeHandler(self)
            self._levels.close()


@contextmanager
def _at_level(level: str, name: str) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level.upper())
    try:
        yield
    finally:
        logger.setLevel(before)
