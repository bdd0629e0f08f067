"""What is counted of calls, and told of calls to others: exact, and bounded."""

from __future__ import annotations

import threading

import pytest
from prometheus_client.core import Metric

from hub.client.discovery.snapshot import Endpoint
from hub.client.resilience.judging import WORKED, Again, Judgement
from hub.client.resilience.traffic import Traffic
from hub.operations.observers import CallRecord
from hub.registry.latency import COARSE_BOUNDS
from hub.web.metrics import families
from hub.web.metrics.calls import OTHERS, CallCounts
from hub.web.metrics.families import of_calls, of_outgoing

FAILED = Judgement(True, Again.NEVER)


def _call(operation: str = "a.b", *, status: int = 200, seconds: float = 0.003) -> CallRecord:
    return CallRecord(operation, "a", "rest", "ok", status, seconds)


def _values(found: list[Metric], name: str, *labels: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels[label] for label in labels): sample.value
        for family in found
        for sample in family.samples
        if sample.name == name
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, "ok"), (304, "ok"), (400, "refused"), (404, "refused"), (499, "cancelled")),
        *((500, "error"), (503, "error")),
    ],
)
def test_a_status_has_one_outcome(status: int, outcome: str) -> None:
    counts = CallCounts()
    counts.record(_call(status=status))
    told = _values(list(of_calls(counts.seen(), process="p")), "hub_calls_total", "outcome")
    assert {each for (each,), count in told.items() if count} == {outcome}


def test_buckets_add_up() -> None:
    counts = CallCounts()
    for seconds in (0.0005, 0.001, 0.003, 4.0, 60.0):
        counts.record(_call(seconds=seconds))
    name = "hub_call_duration_seconds"
    found = list(of_calls(counts.seen(), process="p"))
    buckets = _values(found, f"{name}_bucket", "le")
    assert [key for (key,) in buckets] == [*map(str, COARSE_BOUNDS), "+Inf"]
    assert [buckets[(key,)] for key in ("0.001", "0.002", "0.005", "5.0", "10.0", "+Inf")] == [
        *(2, 2, 3, 4, 4, 5)
    ]
    assert _values(found, f"{name}_count")[()] == 5
    assert _values(found, f"{name}_sum")[()] == pytest.approx(64.0045)


def test_operations_without_room_are_counted_together() -> None:
    counts = CallCounts(most=2)
    for operation in ("a.a", "a.b", "a.c", "a.d", "a.a"):
        counts.record(_call(operation))
    calls = {key[0]: sum(series.outcomes) for key, series in counts.seen().items()}
    assert calls == {"a.a": 2, "a.b": 1, OTHERS: 2}


def test_no_call_of_many_threads_is_lost() -> None:
    counts = CallCounts()

    def many() -> None:
        for _ in range(2000):
            counts.record(_call())

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.seen()["a.b", "rest"].outcomes == [8000, 0, 0, 0]


def _endpoint(number: int, *, url: str = "") -> Endpoint:
    url = url or f"http://10.0.0.{number}:8000"
    return Endpoint(instance=f"shop-{number}", channel="rest", url=url, key=f"{number} {url}")


def test_calls_to_others_are_told_by_address() -> None:
    traffic = Traffic(clock=lambda: 100.0)
    service = traffic.of("inventory")
    pool = (_endpoint(1), _endpoint(2))
    for judgement in (WORKED, *[FAILED] * 5):
        service.called()
        service.end(pool[0], service.begin(pool[0]), judgement, pool)
    service.begin(pool[1])
    found = list(of_outgoing(traffic.report(), process="p"))
    first, second = (
        ("inventory", "shop-1", "http://10.0.0.1:8000"),
        ("inventory", "shop-2", "http://10.0.0.2:8000"),
    )
    labels = ("service", "member", "url")
    told = {
        name: _values(found, f"hub_outgoing_{name}", *labels)
        for name in ("calls_total", "errors_total", "outstanding", "ejected", "ejections_total")
    }
    assert told == {
        "calls_total": {first: 6, second: 1},
        "errors_total": {first: 5, second: 0},
        "outstanding": {first: 0, second: 1},
        "ejected": {first: 1, second: 0},
        "ejections_total": {first: 1, second: 0},
    }
    assert _values(found, "hub_outgoing_addresses", "state") == {
        ("closed",): 1,
        ("open",): 1,
        ("half-open",): 0,
    }
    assert _values(found, "hub_outgoing_retries_allowed", "service") == {("inventory",): 30}


def test_channels_at_one_url_are_one_address() -> None:
    traffic = Traffic()
    service = traffic.of("inventory")
    for key in ("rest", "dispatch"):
        endpoint = Endpoint(instance="shop", channel=key, url="http://shop", key=key)
        service.end(endpoint, service.begin(endpoint), WORKED, (endpoint,))
    found = list(of_outgoing(traffic.report(), process="p"))
    assert _values(found, "hub_outgoing_calls_total", "url") == {("http://shop",): 2}


def test_of_very_many_addresses_the_busiest_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MOST_ADDRESSES", 3)
    traffic = Traffic()
    service = traffic.of("inventory")
    for number in range(5):
        for _ in range(number + 1):
            service.end(
                _endpoint(number), service.begin(_endpoint(number)), WORKED, (_endpoint(number),)
            )
    found = list(of_outgoing(traffic.report(), process="p"))
    assert _values(found, "hub_outgoing_calls_total", "member") == {
        ("shop-4",): 5,
        ("shop-3",): 4,
        ("shop-2",): 3,
    }
    assert _values(found, "hub_outgoing_addresses", "state")[("closed",)] == 5
