"""Does a context fulfil a condition? Pure, and total: no JSON value makes it raise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from plugins.flags.compiled import Condition
from plugins.flags.operators import text_of

CURRENT_TIME = "currentTime"


def attribute_of(context: Mapping[str, Any], name: str, now: float) -> Any:
    """The attribute of that name; else, for ``a.b``, ``b`` inside the object ``a``; else ``None``.

    ``currentTime`` is the time of the evaluation unless the context brings its own.
    """
    if name in context:
        return context[name]
    if "." in name:
        value: Any = context
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value
    return datetime.fromtimestamp(now, UTC).isoformat() if name == CURRENT_TIME else None


def holds(condition: Condition, context: Mapping[str, Any], now: float) -> bool:
    if condition.segments:
        found = any(all_hold(parts, context, now) for parts in condition.segments.values())
    else:
        found = _fulfils(condition, attribute_of(context, condition.attribute, now))
    return found is not condition.negated


def all_hold(conditions: Iterable[Condition], context: Mapping[str, Any], now: float) -> bool:
    for condition in conditions:  # noqa: SIM110 - a loop is half the price of all() here
        if not holds(condition, context, now):
            return False
    return True


def _fulfils(condition: Condition, actual: Any) -> bool:
    if isinstance(actual, list | tuple) and condition.operator not in ("exists", "not_exists"):
        if condition.operator == "contains":
            return any(text_of(item) in condition.values for item in actual)
        return any(condition.test(item) for item in actual)
    return condition.test(actual)
