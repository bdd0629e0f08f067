"""What Python itself would print on stderr goes through the log: warnings, and exceptions that
nobody caught, in the main program, in threads, and while objects are destroyed."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import Any

logger = logging.getLogger("hub.uncaught")


def install() -> None:
    """Once or more; called by programs, not by tests."""
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def _uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("The program ends: nobody caught this.", exc_info=(kind, error, traceback))


def _uncaught_in_thread(given: Any) -> None:
    if given.exc_value is None or issubclass(given.exc_type, SystemExit):
        return
    name = given.thread.name if given.thread is not None else "unknown"
    found = (given.exc_type, given.exc_value, given.exc_traceback)
    logger.error("The thread %s ends: nobody caught this.", name, exc_info=found)


def _unraisable(given: Any) -> None:
    if given.exc_value is not None:
        found = (given.exc_type, given.exc_value, given.exc_traceback)
        logger.error("%s", given.err_msg or "Ignored, since nobody can catch it.", exc_info=found)
