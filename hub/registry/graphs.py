"""Points of the last hour as data for Chart.js, which django-unfold ships."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from hub.registry.charts import Point

Graph = Mapping[str, str]

_GREEN, _ORANGE, _RED = "var(--color-primary-500)", "#f59e0b", "#ef4444"
_BLUE, _VIOLET, _PINK = "#38bdf8", "#a78bfa", "#f472b6"


def calls_graph(points: Sequence[Point]) -> Graph:
    """Calls by outcome, stacked."""
    good = [point.calls - point.errors - point.refused for point in points]
    bars = [
        _bar("answered", good, _GREEN),
        _bar("refused (4xx)", [point.refused for point in points], _ORANGE),
        _bar("failed (5xx)", [point.errors for point in points], _RED),
    ]
    return _graph(points, bars, unit="calls a minute", stacked=True)


def latency_graph(points: Sequence[Point]) -> Graph:
    """Median, 95th and 99th percentile, in milliseconds."""
    lines = [
        _line("p50", [_milliseconds(point.p50) for point in points], _BLUE),
        _line("p95", [_milliseconds(point.p95) for point in points], _VIOLET),
        _line("p99", [_milliseconds(point.p99) for point in points], _PINK),
    ]
    return _graph(points, lines, unit="ms", stacked=False)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)


def _bar(label: str, values: Sequence[int], color: str) -> dict[str, Any]:
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
    points: Sequence[Point], datasets: list[dict[str, Any]], *, unit: str, stacked: bool
) -> Graph:
    labels = [timezone.localtime(point.minute).strftime("%H:%M") for point in points]
    return {
        "data": json.dumps({"labels": labels, "datasets": datasets}),
        "options": json.dumps(_options(unit=unit, stacked=stacked)),
    }


def _options(*, unit: str, stacked: bool) -> dict[str, Any]:
    text = {"color": "#9ca3af"}
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
                "suggestedMax": 5 if stacked else 1,
                "border": {"display": False},
                "ticks": {**text, "maxTicksLimit": 5, "precision": 0 if stacked else 1},
                "title": {**text, "display": True, "text": unit},
            },
        },
    }
