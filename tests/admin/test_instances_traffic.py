"""Pages show the last hour of the calls that processes of the hub made to instances."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.operations.engine import Engine
from hub.operations.observers import CallRecord, OutgoingCall
from hub.registry.models import Operation, OutgoingMinute
from hub.registry.statistics import recorder
from tests.instances.kinds import join

pytestmark = pytest.mark.django_db

LIST = "/admin/registry/instance/"
PAGE = "/admin/registry/instance/{}/change/"
SERVICE = "/admin/registry/service/kitchen/change/"
COMPONENT = "/admin/registry/component/kitchen/change/"


def called(
    instance: str = "shop-1",
    *,
    ago: int = 0,
    service: str = "kitchen",
    channel: str = "rest",
    **numbers: Any,
) -> None:
    """So many calls in the minute that was ``ago`` minutes ago."""
    minute = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=ago)
    names = {"service": service, "instance": instance, "channel": channel}
    OutgoingMinute.objects.create(minute=minute, **names, **numbers)


def text_of(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return str(answer.content.decode())


def drawn(page: str, label: str) -> list[float | None]:
    """What the last chart with such a line or bars shows, oldest first."""
    found: list[list[float | None]] = []
    for each in re.findall(r'data-value="([^"]+)"|data-value=\'([^\']+)\'', page):
        for dataset in json.loads(unescape(each[0] or each[1]))["datasets"]:
            if dataset["label"] == label:
                found.append(list(dataset["data"]))
    return found[-1]


def figures(page: str) -> str:
    """The page's text, as it is read."""
    inline = re.sub(r'</?(a|code)\b[^>]*>|<span class="hub-bad">', "", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inline))


def queries(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as found:
        client.get(page)
    return sum("plugin" not in str(each["sql"]) for each in found)


def test_an_instance_shows_its_hour_in_figures_and_charts(root: Client) -> None:
    join()
    called(ago=5, calls=120, errors=30, refused=6, max_seconds=0.004, bucket_2=114, us_4160=114)
    called(ago=2, calls=60, max_seconds=0.09, bucket_6=60, us_100000=60)
    called(ago=61, calls=1000, errors=1000)
    page = text_of(root, PAGE.format("shop-1"))
    assert "180 calls, 30 failed 0.05/s, p50" in figures(page)
    assert drawn(page, "answered")[-6] == 1.4
    assert drawn(page, "answered")[-3] == 1.0
    assert drawn(page, "failed")[-6] == 0.5
    assert drawn(page, "busy or given up")[-6] == 0.1
    assert sum(filter(None, drawn(page, "failed"))) == 0.5
    p50, p99 = drawn(page, "p50"), drawn(page, "p99")
    assert [index for index, value in enumerate(p50) if value is not None] == [54, 57]
    assert p99[54] == pytest.approx(3.78, abs=0.01)
    assert p99[57] == pytest.approx(90.0, abs=0.01)


def test_each_address_shows_its_own_hour(root: Client) -> None:
    join(addresses={"rest": "http://10.0.0.1/", "dispatch-json": "http://10.0.0.1/rpc"})
    called(calls=7, errors=2, max_seconds=0.01, bucket_3=7, us_10000=7)
    called(channel="dispatch-json", service="other", calls=1234)
    page = figures(text_of(root, PAGE.format("shop-1")))
    assert re.search(
        r"rest http://10\.0\.0\.1/ 7 calls, 2 failed under 0\.01/s, p50 9\.1 ms, p99 9\.1 ms", page
    )
    assert re.search(r"dispatch-json http://10\.0\.0\.1/rpc 1,234 calls 0\.34/s, p50 -", page)


def test_an_instance_that_nobody_called_has_no_charts(root: Client) -> None:
    join()
    called(ago=61, calls=9)
    page = text_of(root, PAGE.format("shop-1"))
    assert "Charts are drawn here once a process of this hub calls it." in page
    assert 'class="chart' not in page


def test_a_service_sums_its_instances_and_leaves_out_other_services(
    root: Client, kitchen: Engine
) -> None:
    join(services=("kitchen", "other"))
    join("shop-2", services=("kitchen",))
    called(ago=3, calls=60)
    called("shop-2", ago=3, calls=30, errors=30)
    called("", ago=3, calls=6)  # at a fixed address
    called(ago=3, service="other", calls=600)
    page = text_of(root, SERVICE)
    assert "Calls from here, last hour 96 calls, 30 failed" in figures(page)
    assert (drawn(page, "answered")[-4], drawn(page, "failed")[-4]) == (66 / 60, 0.5)
    assert "60 calls" in figures(page)
    assert "660 calls" not in figures(page)


def test_a_service_that_is_elsewhere_has_no_empty_charts(root: Client, kitchen: Engine) -> None:
    titles = ("Calls answered here, last hour", "Calls from this hub, last hour")

    def charts() -> list[str]:
        page = text_of(root, SERVICE)
        return [each for each in titles if f'hub-panel__title">{each}' in page]

    assert charts() == ["Calls answered here, last hour"]
    called(calls=1)
    assert charts() == ["Calls from this hub, last hour"]
    recorder.record(CallRecord("kitchen.cook", "kitchen", "rest", "ok", 200, 0.01))
    Operation.objects.filter(pk="kitchen.cook").update(service="kitchen")
    assert charts() == list(titles)


def test_lists_of_instances_show_the_hour_of_all_their_services(
    root: Client, kitchen: Engine
) -> None:
    join(services=("kitchen", "other"), component="kitchen")
    called(calls=60)
    called(service="other", calls=600)
    for page in (LIST, COMPONENT):
        assert "660 calls" in figures(text_of(root, page))


def test_pages_show_calls_that_are_not_written_yet(root: Client, kitchen: Engine) -> None:
    join(services=("kitchen",), component="kitchen")
    pages = (LIST, PAGE.format("shop-1"), SERVICE, COMPONENT)
    for count, page in enumerate(pages, start=1):
        recorder.record_outgoing(OutgoingCall("kitchen", "shop-1", "rest", False, 0.01))
        said = "1 call " if count == 1 else f"{count} calls "
        assert said in figures(text_of(root, page))


@pytest.mark.parametrize("page", [LIST, PAGE.format("shop-1"), SERVICE, COMPONENT])
def test_pages_cost_as_many_queries_for_much_traffic(
    root: Client, kitchen: Engine, page: str
) -> None:
    names = [f"shop-{number}" for number in range(1, 6)]
    for name in names:
        join(name, services=("kitchen",), component="kitchen")
    called(calls=1)
    root.get(page)
    few = queries(root, page)
    for name in names:
        for ago in range(1, 40):
            called(name, ago=ago, calls=50, errors=1)
            called(name, ago=ago, channel="dispatch-json", calls=50)
    assert queries(root, page) == few


def test_the_axis_is_labelled_with_minutes_of_the_day(root: Client) -> None:
    join()
    called(calls=1)
    page = text_of(root, PAGE.format("shop-1"))
    now: datetime = timezone.localtime()
    assert any((now - timedelta(minutes=ago)).strftime("%H:%M") in unescape(page) for ago in (0, 1))
