"""Evaluations over time, as unfold's chart component takes them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.utils.timezone import localtime

from plugins.flags.counts import HOUR, MINUTE
from plugins.flags.models import EvaluationCount

# Told apart by lightness too, for those who don't see all colours; failures are red.
_COLOURS = ("#7c3aed", "#38bdf8", "#f59e0b", "#10b981", "#ec4899", "#64748b")
_FAILURES = "#dc2626"

OPTIONS = json.dumps(
    {
        "responsive": True,
        "maintainAspectRatio": False,
        "animation": False,
        "plugins": {"legend": {"display": True, "position": "bottom", "align": "start"}},
        "scales": {
            "x": {"stacked": True, "grid": {"display": False}, "ticks": {"maxTicksLimit": 12}},
            "y": {"stacked": True, "beginAtZero": True, "ticks": {"precision": 0}, "grid": {}},
        },
    }
)


def last_hour(flag: str, environment: str, variants: Iterable[str]) -> dict[str, Any]:
    """Minutes, stacked by variant."""
    return _chart(flag, environment, variants, width=MINUTE, bars=60)


def last_day(flag: str, environment: str, variants: Iterable[str]) -> dict[str, Any]:
    """Hours, stacked by variant."""
    return _chart(flag, environment, variants, width=HOUR, bars=24)


def numbers_of_last_hour(flag: str) -> dict[str, int]:
    """Evaluations of a flag by environment."""
    since = datetime.fromtimestamp(time.time(), UTC) - timedelta(hours=1)
    rows = EvaluationCount.objects.filter(flag_key=flag, width=MINUTE, start__gt=since)
    sums = rows.order_by().values_list("environment_key").annotate(Sum("number"))
    return dict(sums)


def _chart(
    flag: str, environment: str, variants: Iterable[str], *, width: int, bars: int
) -> dict[str, Any]:
    end = int(time.time()) // width * width
    starts = [datetime.fromtimestamp(end - width * back, UTC) for back in range(bars)][::-1]
    rows = EvaluationCount.objects.filter(
        flag_key=flag, environment_key=environment, width=width, start__gte=starts[0]
    )
    numbers = {(row.variant, row.start): row.number for row in rows}
    served = {variant for variant, _ in numbers}
    names = [*variants, *sorted(served - set(variants))]
    datasets = [
        {
            "label": name or "failed",
            "data": [numbers.get((name, start), 0) for start in starts],
            "backgroundColor": _COLOURS[place % len(_COLOURS)] if name else _FAILURES,
            "stack": "all",
        }
        for place, name in enumerate(names)
    ]
    labels = [localtime(start).strftime("%H:%M") for start in starts]
    return {
        "data": json.dumps({"labels": labels, "datasets": datasets}),
        "options": OPTIONS,
        "total": sum(numbers.values()),
    }
