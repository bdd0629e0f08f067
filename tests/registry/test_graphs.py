"""Charts of traffic: calls a second, by what came of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.registry.charts import Point
from hub.registry.graphs import calls_graph, latency_graph, traffic_graph

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def points(*last: Point) -> list[Point]:
    return [Point(NOON - timedelta(minutes=1)), *last]


def bars(now: datetime, *last: Point) -> dict[str, list[float]]:
    graph: dict[str, Any] = json.loads(traffic_graph(points(*last), now=now)["data"])
    return {each["label"]: each["data"] for each in graph["datasets"]}


def test_calls_a_second_are_told_by_outcome() -> None:
    point = Point(NOON, calls=120, errors=30, refused=6)
    found = bars(NOON + timedelta(minutes=1), point)
    assert found == {"answered": [0.0, 1.4], "busy or given up": [0.0, 0.1], "failed": [0.0, 0.5]}


@pytest.mark.parametrize(("over", "rate"), [(30, 2.0), (10, 6.0), (0, 6.0), (75, 1.0)])
def test_the_running_minute_counts_by_what_is_over_of_it(over: int, rate: float) -> None:
    found = bars(NOON + timedelta(seconds=over), Point(NOON, calls=60))
    assert found["answered"] == [0.0, rate]


def test_calls_of_operations_are_told_a_second_too() -> None:
    point = Point(NOON, calls=120, errors=30, refused=6)
    graph = calls_graph(points(point), now=NOON + timedelta(seconds=30))
    assert {each["label"]: each["data"] for each in json.loads(graph["data"])["datasets"]} == {
        "answered": [0.0, 2.8],
        "refused (4xx)": [0.0, 0.2],
        "failed (5xx)": [0.0, 1.0],
    }


def test_the_axes_of_all_charts_of_calls_have_one_unit() -> None:
    for graph in (calls_graph(points(), now=NOON), traffic_graph(points(), now=NOON)):
        axis = json.loads(graph["options"])["scales"]["y"]
        assert axis["title"]["text"] == "calls a second"


def test_latency_is_in_milliseconds_and_absent_without_calls() -> None:
    graph = json.loads(latency_graph(points(Point(NOON, calls=1, p50=0.0123, p99=2.0)))["data"])
    found = {each["label"]: each["data"] for each in graph["datasets"]}
    assert found == {"p50": [None, 12.3], "p95": [None, None], "p99": [None, 2000.0]}
