"""The two forms of a record: a JSON line for programs, coloured text for people."""

from __future__ import annotations

import json
import os
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_json
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import format_exc_info
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from hub.logs.records import (
    Event,
    find_exception,
    gather,
    hide_sql_values,
    in_order,
    structure_exception,
    without_secrets,
)

FORMATS: Final = ("auto", "json", "console")


def make_formatter(*, format: str, colors: bool = False) -> ProcessorFormatter:
    """``format`` is ``json`` or ``console``. Named in ``LOGGING``, for Django's loggers, Celery's,
    the servers' and all others; structlog's records come the same way."""
    if format == "json":
        return _formatter(structure_exception, json_line)
    text = ConsoleRenderer(colors=colors, exception_formatter=plain_traceback, sort_keys=False)
    return _formatter(format_exc_info, text)


def _formatter(exceptions: Processor, rendered: Processor) -> ProcessorFormatter:
    return ProcessorFormatter(
        processors=[
            gather,
            hide_sql_values,
            find_exception,
            exceptions,
            without_secrets,
            in_order,
            rendered,
        ]
    )


def chosen_format(wanted: str, *, is_terminal: bool) -> dict[str, Any]:
    """Arguments of :func:`make_formatter`. Colours go to terminals only, and not where
    ``NO_COLOR`` is set (no-color.org)."""
    name = ("console" if is_terminal else "json") if wanted == "auto" else wanted
    return {"format": name, "colors": is_terminal and not os.environ.get("NO_COLOR")}


def json_line(logger: Any, method: str, event: Event) -> str:
    """One line, in UTF-8."""
    try:
        return to_json(event, inf_nan_mode="strings").decode()
    except (PydanticSerializationError, ValueError):  # halves of surrogate pairs
        return json.dumps(event)
