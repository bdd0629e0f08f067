"""The one handler: it writes to stderr and never fails whoever logs."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from typing import Final

_UNWRITABLE: Final = "A log record could not be written."


class StderrHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """The logging module's own handler answers a broken record by printing it, with its secrets.
    This one says in the same format which logger it was and what went wrong, and no more; where
    stderr itself is gone, it is silent."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self._text_of(record)
            with suppress(OSError, ValueError):
                self.stream.write(text + self.terminator)
                self.flush()
        except RecursionError:
            raise  # as the logging module does: the stack is the problem, not the record
        except Exception:  # noqa: BLE001 - see above
            return

    def _text_of(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record)
        except RecursionError:
            raise
        except Exception as error:  # noqa: BLE001 - arguments that don't fit, objects that raise
            return self._stand_in(record, error)

    def _stand_in(self, record: logging.LogRecord, error: Exception) -> str:
        broken = logging.LogRecord(
            record.name, record.levelno, record.pathname, record.lineno, _UNWRITABLE, None, None
        )
        broken.error = type(error).__name__
        broken.where = f"{record.pathname}:{record.lineno}"
        try:
            return self.format(broken)
        except Exception:  # noqa: BLE001 - then without anything that could have failed
            return json.dumps({"level": record.levelname.lower(), "event": _UNWRITABLE})
