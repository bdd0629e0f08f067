"""The supervisor's lines on stderr, in the form of the hub's. Standard library only."""

from __future__ import annotations

import json
import logging
import os
import sys
import time


def begin_logging() -> None:
    """As ``HUB_LOG_FORMAT`` and ``HUB_LOG_LEVEL`` say."""
    form = os.environ.get("HUB_LOG_FORMAT", "auto").lower()
    is_json = form == "json" or (form != "console" and not sys.stderr.isatty())
    handler = logging.StreamHandler()
    text = "{asctime} {levelname} {name}: {message}"
    handler.setFormatter(_Json() if is_json else logging.Formatter(text, style="{"))
    level = os.environ.get("HUB_LOG_LEVEL", "").upper()
    logging.basicConfig(
        handlers=[handler], level=level if level in logging.getLevelNamesMapping() else "INFO"
    )


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        told = {
            "timestamp": f"{seconds}.{int(record.msecs * 1000):06}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        return json.dumps(told, separators=(",", ":"), ensure_ascii=False)
