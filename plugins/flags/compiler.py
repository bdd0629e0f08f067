"""From stored rows to compiled flags. What can't be compiled is marked broken, alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from plugins.flags.bucketing import BUCKETS
from plugins.flags.compiled import NOTHING, Condition, Serve
from plugins.flags.operators import IN_SEGMENT, NOT_IN_SEGMENT, OPERATORS

Segments = Mapping[str, tuple[Condition, ...]]


class Uncompilable(ValueError):
    """A stored value that no validation would have let in; the message says which."""


def compile_conditions(
    stored: Iterable[Mapping[str, Any]], segments: Segments = NOTHING
) -> tuple[Condition, ...]:
    """``stored`` are objects with ``attribute``, ``operator`` and ``values`` (texts)."""
    return tuple(_condition(entry, segments) for entry in stored)


def _condition(entry: Mapping[str, Any], segments: Segments) -> Condition:
    operator = OPERATORS.get(str(entry.get("operator")))
    if operator is None:
        raise Uncompilable(f"There is no operator '{entry.get('operator')}'.")
    values = tuple(str(value) for value in entry.get("values", ()))
    if not values and operator.values != "none":
        raise Uncompilable(f"The operator '{operator.name}' needs a value.")
    try:
        test = operator.prepare(values)
    except ValueError as error:
        raise Uncompilable(str(error)) from None
    named: dict[str, tuple[Condition, ...]] = {}
    if operator.name in (IN_SEGMENT, NOT_IN_SEGMENT):
        for key in values:
            if key not in segments:
                raise Uncompilable(f"There is no segment '{key}'.")
            named[key] = segments[key]
    attribute = str(entry.get("attribute", ""))
    return Condition(attribute, operator.name, values, operator.negated, test, named)


def compile_serve(
    variant: str,
    weights: Sequence[Mapping[str, Any]],
    *,
    bucket_by: str,
    variants: Mapping[str, Any],
) -> Serve:
    """``weights`` are objects with ``variant`` and ``weight`` in percent, or none at all."""
    shares = [(str(entry["variant"]), units(entry["weight"])) for entry in weights]
    shares = [(key, share) for key, share in shares if share > 0]
    for key in [key for key, _ in shares] or [variant]:
        if key not in variants:
            raise Uncompilable(f"There is no variant '{key}'.")
    if shares and sum(share for _, share in shares) != BUCKETS:
        raise Uncompilable("The percentages don't add up to 100.")
    if len(shares) < 2:
        return Serve(shares[0][0] if shares else variant)
    bounds, bound = [], 0
    for key, share in shares:
        bound += share
        bounds.append((bound, key))
    return Serve("", tuple(bounds), bucket_by)


def units(percent: Any) -> int:
    """Percent in buckets: 33.333 is 33,333. Raises Uncompilable for a finer or wrong number."""
    if isinstance(percent, bool) or not isinstance(percent, int | float):
        raise Uncompilable(f"'{percent}' is not a percentage.")
    if not 0 <= percent <= 100:
        raise Uncompilable(f"A percentage is between 0 and 100, not {percent}.")
    share = round(percent * BUCKETS / 100)
    if abs(share - percent * BUCKETS / 100) > 1e-6:
        raise Uncompilable(f"A percentage has at most three decimals, not {percent}.")
    return share
