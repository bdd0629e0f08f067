"""REST services that are no hub's: where parameters stand, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

import pytest
from pydantic import BaseModel, Field
from pydantic_core import from_json

from hub.client import Hub
from hub.sdk import (
    Body,
    Header,
    HubError,
    InvalidInput,
    NotFound,
    Path,
    Query,
    delete,
    get,
    patch,
    post,
    put,
    service,
)
from tests.client.wires import OK, Wire, answering, serving


@dataclass
class Point:
    x: int
    y: int = 0


class Person(BaseModel):
    first_name: str = Field(alias="firstName")


@service(path="/api")
class Board:
    @get("/points/{name}")
    def point(self, name: str, tag: list[str] | None = None, deep: bool = False) -> Point: ...

    @post("/points")
    def add(self, point: Point, at: str = "end") -> Point: ...

    @put("/points/{name}")
    async def replace(self, name: str, point: Point | None) -> None: ...

    @patch("/people/{person-id}")
    def rename(
        self,
        number: Annotated[int, Path("person-id")],
        person: Annotated[Person, Body],
        api_key: Annotated[str, Header("X-API-Key")],
        dry_run: Annotated[bool, Query("dryRun")] = False,
    ) -> Person: ...

    @post("/pairs")
    def pair(self, left: Annotated[Point, Body()], right: Annotated[Point, Body("r")]) -> int: ...

    @delete("/points/{name}")
    def remove(self, name: str, if_match: Annotated[str | None, Header] = None) -> None: ...

    @get("/motd")
    def motd(self) -> str: ...


@pytest.fixture
def wire() -> Iterator[Wire]:
    with serving(b"HTTP/1.1 204 No Content\r\n\r\n") as wire:
        yield wire


def json_answer(body: bytes, status: str = "200 OK", media_type: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def asked(wire: Wire) -> tuple[str, str, list[tuple[str, str]], dict[str, str], bytes]:
    """Method, path, query, headers and body of the last request."""
    head, _, body = wire.requests[-1].partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    path, _, query = target.partition("?")
    headers = dict(each.split(": ", 1) for each in lines)
    return method, path, parse_qsl(query, keep_blank_values=True), headers, body


def test_by_the_path_and_the_query() -> None:
    with (
        serving(json_answer(b'{"x": 1, "y": 2}')) as wire,
        Hub.rest(f"{wire.url}/base/") as hub,
    ):
        found = hub.service(Board).point("../a b", tag=["x", "y&z"], deep=True)
        assert found == Point(1, 2)
        method, path, query, _, body = asked(wire)
        assert (method, path, body) == ("GET", "/base/api/points/..%2Fa%20b", b"")
        assert query == [("tag", "x"), ("tag", "y&z"), ("deep", "true")]


def test_the_first_object_is_the_body() -> None:
    with serving(json_answer(b'{"x": 3}')) as wire, Hub.rest(wire.url) as hub:
        assert hub.service(Board).add(Point(3), at="front") == Point(3)
        method, path, query, headers, body = asked(wire)
        assert (method, path, query) == ("POST", "/api/points", [("at", "front")])
        assert headers["content-type"] == "application/json"
        assert from_json(body) == {"x": 3, "y": 0}


def test_a_put_sends_its_body(wire: Wire) -> None:
    with Hub.rest(wire.url) as hub:
        board = hub.service(Board)
        assert asyncio.run(board.replace("p", Point(1))) is None
        assert from_json(asked(wire)[4]) == {"x": 1, "y": 0}
        asyncio.run(board.replace("p", None))
        assert asked(wire)[4] == b"null"


def test_markers_say_where_and_under_which_name() -> None:
    told = json_answer(b'{"firstName": "Ada"}')
    with serving(told) as wire, Hub.rest(wire.url, token="t") as hub:
        person = Person(firstName="Bob")
        found = hub.service(Board).rename(7, person, api_key="k", dry_run=True)
        assert found.first_name == "Ada"
        method, path, query, headers, body = asked(wire)
        assert (method, path, query) == ("PATCH", "/api/people/7", [("dryRun", "true")])
        assert headers["X-API-Key"] == "k"
        assert headers["authorization"] == "Bearer t"
        assert from_json(body) == {"firstName": "Bob"}


def test_several_bodies_are_members_of_one() -> None:
    with serving(json_answer(b"2")) as wire, Hub.rest(wire.url) as hub:
        assert hub.service(Board).pair(Point(1), Point(2, 3)) == 2
        assert from_json(asked(wire)[4]) == {"left": {"x": 1, "y": 0}, "r": {"x": 2, "y": 3}}


def test_what_is_none_is_left_out(wire: Wire) -> None:
    with Hub.rest(wire.url) as hub:
        hub.service(Board).remove("p")
        assert "if-match" not in asked(wire)[3]
        hub.service(Board).remove("p", if_match='"e"')
        assert asked(wire)[3]["if-match"] == '"e"'


@pytest.mark.parametrize("name", ["", ".", "..", None])
def test_what_would_leave_the_path_is_refused(wire: Wire, name: str | None) -> None:
    with Hub.rest(wire.url) as hub, pytest.raises(InvalidInput, match="name: "):
        hub.service(Board).remove(name)  # type: ignore[arg-type]
    assert wire.requests == []


def test_plain_text_is_a_result_too() -> None:
    told = json_answer("Grüezi".encode(), media_type="text/plain; charset=utf-8")
    with serving(told) as wire, Hub.rest(wire.url) as hub:
        assert hub.service(Board).motd() == "Grüezi"


def test_errors_of_others() -> None:
    told = json_answer(b'{"detail": "No such point."}', "404 Not Found")
    with serving(told) as wire, Hub.rest(wire.url) as hub:
        with pytest.raises(NotFound, match=r"answered 404 Not Found: No such point\.") as raised:
            hub.service(Board).point("a")
        assert raised.value.code == "http_404"
    told = json_answer(
        b'{"title": "Teapot", "status": 418}', "418 Teapot", "application/problem+json"
    )
    with serving(told) as wire, Hub.rest(wire.url) as hub:
        with pytest.raises(HubError, match="Teapot") as other:
            hub.service(Board).point("a")
        assert other.value.status == 418


def test_a_result_of_another_type() -> None:
    with answering(OK) as wire, Hub.rest(wire.url) as hub, pytest.raises(HubError) as raised:
        hub.service(Board).point("a")
    assert raised.value.code == "bad_answer"
