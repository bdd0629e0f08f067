"""Results one by one over HTTP, and as they are documented."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from hub.operations.engine import Engine
from hub.web.openapi.operations import describe_operations
from tests.streaming import rivers
from tests.streaming.serving import until


def answer(url: str, target: str, *, method: str = "GET", body: Any = None) -> HTTPResponse:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    content = None if body is None else json.dumps(body)
    headers = {"Connection": "close"}
    connection.request(method, f"/api/water/river{target}", body=content, headers=headers)
    return connection.getresponse()


def test_each_line_is_a_result(url: str) -> None:
    with answer(url, "/drops?count=3") as found:
        assert found.status == 200
        assert found.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in found.read().splitlines()]
    assert lines == [{"item": 0}, {"item": 1}, {"item": 2}, {"end": True}]


def test_plain_generators_answer_to_post(url: str) -> None:
    with answer(url, "/stones", method="POST", body={"count": 2}) as found:
        assert found.read() == b'{"item":"0"}\n{"item":"1"}\n{"end":true}\n'


def test_nothing_is_a_result_too(url: str) -> None:
    with answer(url, "/drops?count=0") as found:
        assert (found.status, found.read()) == (200, b'{"end":true}\n')


def test_a_fault_before_the_first_result_is_a_problem(url: str) -> None:
    with answer(url, "/drops?count=many") as found:
        assert found.status == 422
        assert found.headers["content-type"] == "application/problem+json"
    with answer(url, "/dries?after=0&how=known") as found:
        assert (found.status, json.loads(found.read())["code"]) == (410, "drought")


def test_a_fault_after_some_results_is_the_last_line(url: str) -> None:
    with answer(url, "/dries?after=2&how=known") as found:
        assert found.status == 200
        lines = [json.loads(line) for line in found.read().splitlines()]
    assert lines[:2] == [{"item": 0}, {"item": 1}]
    assert lines[2]["error"]["code"] == "drought" and len(lines) == 3


async def test_head_makes_no_more_than_the_first(url: str) -> None:
    with answer(url, "/drops?count=1000", method="HEAD") as found:
        assert (found.status, found.read()) == (200, b"")
    # The answer is whole before the generator is closed behind it.
    await until(lambda: rivers.ended == ["drops"])
    assert rivers.made == [0]


async def test_a_client_that_goes_ends_it(url: str) -> None:
    found = answer(url, "/drops?count=100000000")
    assert found.readline() == b'{"item":0}\n'
    found.close()
    await until(lambda: rivers.ended == ["drops"])


def test_the_document_says_what_a_line_is(hub: Engine) -> None:
    part = describe_operations([hub.operation("water.river.drops")])
    content = part.paths["/api/water/river/drops"]["get"]["responses"]["200"]["content"]
    assert list(content) == ["application/x-ndjson"]
    item, end, error = content["application/x-ndjson"]["schema"]["oneOf"]
    assert item["properties"] == {"item": {"type": "integer"}}
    assert end["required"] == ["end"] and error["required"] == ["error"]
