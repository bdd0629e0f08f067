"""Points of the last hour as data for Chart.js, which django-unfold ships."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from hub.registry.charts import Point

Graph = Mapping[str, str]

_GREEN, _ORANGE, _RED = "var(--color-primary-500)", "#f59e0b", "#ef4444"
_BLUE, _VIOLET, _PINK = "#38bdf8", "#a78bfa", "#f472b6"

_LEAST: Final = 10.0  # seconds of the running minute, of which little is told when it begins


def calls_graph(points: Sequence[Point], *, now: datetime | None = None) -> Graph:
    """Calls of operations, a second, by outcome, stacked."""
    return _rates(points, ("answered", "refused (4xx)", "failed (5xx)"), now or timezone.now())


def traffic_graph(points: Sequence[Point], *, now: datetime | None = None) -> Graph:
    """The same of calls of services elsewhere."""
    return _rates(points, ("answered", "busy or given up", "failed"), now or timezone.now())


def latency_graph(points: Sequence[Point]) -> Graph:
    """Median, 95th and 99th percentile, in milliseconds."""
    lines = [
        _line("p50", [_milliseconds(point.p50) for point in points], _BLUE),
        _line("p95", [_milliseconds(point.p95) for point in points], _VIOLET),
        _line("p99", [_milliseconds(point.p99) for point in points], _PINK),
    ]
    return _graph(points, lines, unit="ms", stacked=False, least=1, digits=1)


def _rates(points: Sequence[Point], words: tuple[str, str, str], now: datetime) -> Graph:
    """The running minute counts by what is over of it."""
    over = (now - points[-1].minute).total_seconds()
    seconds = [*[60.0] * (len(points) - 1), min(60.0, max(_LEAST, over))]

    def rates(counts: Iterable[int]) -> list[float]:
        return [round(count / each, 3) for count, each in zip(counts, seconds, strict=True)]

    counted = (
        [point.calls - point.errors - point.refused for point in points],
        [point.refused for point in points],
        [point.errors for point in points],
    )
    bars = [
        _bar(word, rates(counts), color)
        for word, counts, color in zip(words, counted, (_GREEN, _ORANGE, _RED), strict=True)
    ]
    return _graph(points, bars, unit="calls a second", stacked=True, least=0.1)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)


def _bar(label: str, values: Sequence[float], color: str) -> dict[str, Any]:
    return {"label": label, "data": values, "backgroundColor": color, "maxBarThickness": 12}


def _line(label: str, values: Sequence[float | None], color: str) -> dict[str, Any]:
    return {
        "label": label,
        "data": values,
        "borderColor": color,
        "backgroundColor": color,
        "borderWidth": 2,
        "pointRadius": 2,
        "tension": 0.25,
        "spanGaps": True,
    }


def _graph(
    points: Sequence[Point],
    datasets: list[dict[str, Any]],
    *,
    unit: str,
    stacked: bool,
    least: float,
    digits: int | None = None,
) -> Graph:
    """``least`` is how high the scale is at least; ``digits`` those of its numbers after the point,
    where they are always so many."""
    labels = [timezone.localtime(point.minute).strftime("%H:%M") for point in points]
    return {
        "data": json.dumps({"labels": labels, "datasets": datasets}),
        "options": json.dumps(_options(unit=unit, stacked=stacked, least=least, digits=digits)),
    }


def _options(*, unit: str, stacked: bool, least: float, digits: int | None) -> dict[str, Any]:
    text = {"color": "#9ca3af"}
    ticks = {**text, "maxTicksLimit": 5}
    return {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {
            "legend": {
                "display": True,
                "align": "end",
                "labels": {**text, "boxWidth": 8, "boxHeight": 8, "usePointStyle": True},
            }
        },
        "scales": {
            "x": {
                "stacked": stacked,
                "grid": {"display": False},
                "ticks": {**text, "maxTicksLimit": 7, "maxRotation": 0},
            },
            "y": {
                "stacked": stacked,
                "beginAtZero": True,
                "suggestedMax": least,
                "border": {"display": False},
                "ticks": ticks if digits is None else {**ticks, "precision": digits},
                "title": {**text, "display": True, "text": unit},
            },
        },
    }
