"""What a record becomes, step by step: structlog's processors, for every logger of the process."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

from structlog.contextvars import merge_contextvars
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo

from hub.logs.plugins import plugin_of
from hub.sdk.trail import current_trail, record_fields
from hub.wire.redaction import redact

Event = MutableMapping[str, Any]

FIRST: Final = (
    "timestamp", "level", "logger", "event", "request_id", "caller", "operation", "plugin",
    "trace_id", "span_id",
)  # fmt: skip
# What the logging module itself puts on each record.
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Made here for each record, and safe as they are.
_OURS: Final = ("timestamp", "level", "logger", "trace_id", "span_id")
_SQL_TEXTS: Final = re.compile(r"'(?:[^']|'')*'|(?<![\w$])\d+(?:\.\d+)?")
_LONGEST_CHAIN: Final = 50  # frames of a traceback

_structured = ExceptionDictTransformer(show_locals=False, max_frames=_LONGEST_CHAIN, use_rich=False)


def gather(logger: Any, method: str, event: Event) -> Event:
    """Time, level and logger; what the record brought in ``extra``; what is known of the work."""
    record: logging.LogRecord = event.pop("_record")
    from_structlog: bool = event.pop("_from_structlog")
    extra = {} if from_structlog else _extra(record)
    bound = merge_contextvars(logger, method, {})
    message = event.pop("event", "")
    if record.name == "celery.pool":
        message = str(record.msg)  # not filled in: the arguments of tasks
    if from_structlog and (arguments := event.pop("positional_args", ())):
        message = message % arguments
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
    return {
        **{name: value for name, value in bound.items() if value},
        **extra,
        **event,
        **_whose(record.name),
        **record_fields(),
        "timestamp": moment.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": message,
    }


def find_exception(logger: Any, method: str, event: Event) -> Event:
    """``exc_info`` as the three things that make an exception, whichever way it was given."""
    given = event.pop("exc_info", None)
    found = _exc_info(given) or _exc_info(event.get("exception"))
    if found is not None:
        event.pop("exception", None)
        event["exc_info"] = found
    return event


def structure_exception(logger: Any, method: str, event: Event) -> Event:
    """``exception`` as a list, the raised one first, then its causes: type, message, and frames
    with file, line and function. No local variables."""
    found = event.pop("exc_info", None)
    if found is not None:
        event["exception"] = [_lean(entry) for entry in _structured(found)]
    return event


def without_secrets(logger: Any, method: str, event: Event) -> Event:
    """Everything but the hub's own fields goes through :mod:`hub.wire.redaction`, knowing the
    credentials of the running request."""
    trail = current_trail()
    also = trail.secrets() if trail is not None else ()
    safe = {name: event.pop(name) for name in _OURS if name in event}
    cleaned: dict[str, Any] = redact(dict(event), also=also)
    return {**safe, **cleaned}


def in_order(logger: Any, method: str, event: Event) -> Event:
    """What every record has comes first."""
    first = {name: event[name] for name in FIRST if name in event}
    return {**first, **{name: value for name, value in event.items() if name not in first}}


def _whose(name: str) -> dict[str, str]:
    """The plugin whose code has made the logger, for what runs in no operation."""
    label = plugin_of(name)
    return {"plugin": label} if label else {}


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    """Fields given by ``extra=``. What libraries put there and nobody should read stays out."""
    found = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    if record.name.startswith("django"):
        found.pop("request", None)  # its path is in the message, and it is in the trail
    if record.name.startswith("django.db.backends"):
        found.pop("params", None)
    if record.name.startswith("celery"):
        found.pop("data", None)  # the arguments of tasks
    return found


def hide_sql_values(logger: Any, method: str, event: Event) -> Event:
    """Statements are of use without their values, which are people's data and tokens."""
    if str(event.get("logger", "")).startswith("django.db.backends") and "sql" in event:
        event["sql"] = _SQL_TEXTS.sub("?", str(event["sql"]))
        event["event"] = event["sql"]
        event.pop("sql")
    return event


def _exc_info(given: Any) -> ExcInfo | None:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    if isinstance(given, tuple) and len(given) == 3 and given[0] is not None:
        return given
    if given is True:
        found = sys.exc_info()
        return found if found[0] is not None else None
    return None


def _lean(entry: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    kept = {name: value for name, value in entry.items() if value not in (None, "", [], False)}
    kept["frames"] = [
        {name: frame[name] for name in ("filename", "lineno", "name")} for frame in entry["frames"]
    ]
    if "exceptions" in kept:
        kept["exceptions"] = [[_lean(one) for one in chain] for chain in kept["exceptions"]]
    return kept
