"""How an operation's parameters are read from path, query and body."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from hub.operations import switches
from hub.sdk import action, allow_all, delete, get, patch, post, put
from hub.web.rest.actions import ActionsApp
from hub.web.rest.routes import RouteTable
from tests.registry.catalogs import engine_of, plugin


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@action(get("/typed/{number}/{day}"), access=allow_all)
async def typed(number: int, day: dt.date, size: Size = Size.SMALL) -> list[str]:
    return [repr(number), repr(day), repr(size)]


@action(get("/items/fixed"), access=allow_all)
async def fixed() -> str:
    return "fixed"


@action(get("/items/{sku}"), put("/items/{sku}"), delete("/items/{sku}"), access=allow_all)
async def item(sku: str, note: str = "none") -> list[str]:
    return [sku, note]


@action(patch("/items/{sku}/parts/{part}"), access=allow_all)
async def part(sku: str, part: uuid.UUID, count: int, tags: list[str] | None = None) -> list[Any]:
    return [sku, str(part), count, tags]


@action(get(), post(), access=allow_all)
async def many(
    words: list[str],
    numbers: list[int] | None = None,
    price: Decimal = Decimal("1.50"),
    flag: bool = False,
    code: str | None = None,
) -> list[Any]:
    return [words, numbers, str(price), flag, code]


@pytest.fixture(autouse=True)
def _nothing_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """No table says so: these tests have no database."""
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset())


@pytest.fixture(scope="module")
def ask() -> Callable[..., tuple[int, Any]]:
    """``ask(method, target, body)`` → status and JSON."""
    from pydantic_core import from_json

    operations = engine_of(plugin("shop", typed, fixed, item, part, many)).operations
    app = ActionsApp(lambda: RouteTable(operations), otherwise=_nothing)

    async def exchange(method: str, target: str, body: bytes) -> tuple[int, Any]:
        path, _, query = target.partition("?")
        got: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            got.append(message)

        scope = {
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [],
        }
        await app(scope, receive, send)
        return got[0]["status"], from_json(got[1]["body"])

    return lambda method, target, body=b"": async_to_sync(exchange)(method, target, body)


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"null"})


Ask = Callable[..., tuple[int, Any]]


def wrong(answer: tuple[int, Any]) -> list[str]:
    assert answer[0] == 422, answer
    return [entry["field"] for entry in answer[1]["errors"]]


def test_values_in_the_path_are_of_the_declared_type(ask: Ask) -> None:
    assert ask("GET", "/api/shop/typed/-7/2026-02-03?size=l") == (
        200,
        ["-7", "datetime.date(2026, 2, 3)", "<Size.LARGE: 'l'>"],
    )


def test_wrong_values_in_the_path_are_named(ask: Ask) -> None:
    assert wrong(ask("GET", "/api/shop/typed/x/2026-02-30?size=XL")) == ["number", "day", "size"]


def test_a_fixed_path_goes_before_a_patterned_one(ask: Ask) -> None:
    assert ask("GET", "/api/shop/items/fixed") == (200, "fixed")
    assert ask("GET", "/api/shop/items/loose") == (200, ["loose", "none"])


def test_another_method_of_the_pattern_is_found_behind_a_fixed_path(ask: Ask) -> None:
    assert ask("PUT", "/api/shop/items/fixed", b'{"note": "a"}') == (200, ["fixed", "a"])


def test_a_slash_in_a_value_is_sent_percent_encoded(ask: Ask) -> None:
    assert ask("GET", "/api/shop/items/a%2Fb%20%C3%A9%3F") == (200, ["a/b é?", "none"])


def test_a_plus_is_a_space_in_the_query_and_itself_in_the_path(ask: Ask) -> None:
    assert ask("GET", "/api/shop/items/a+b?note=c+d") == (200, ["a+b", "c d"])


def test_text_stays_text_whatever_it_looks_like(ask: Ask) -> None:
    assert ask("GET", "/api/shop/items/007?note=null") == (200, ["007", "null"])
    assert ask("GET", '/api/shop/items/true?note={"a":1}') == (200, ["true", '{"a":1}'])


def test_delete_reads_the_query(ask: Ask) -> None:
    assert ask("DELETE", "/api/shop/items/a?note=b") == (200, ["a", "b"])


def test_path_and_body_make_the_arguments_together(ask: Ask) -> None:
    path = "/api/shop/items/a/parts/12345678-1234-5678-1234-567812345678"
    assert ask("PATCH", path, b'{"count": 3, "tags": ["x"]}') == (
        200,
        ["a", "12345678-1234-5678-1234-567812345678", 3, ["x"]],
    )
    assert wrong(ask("PATCH", path, b"")) == ["count"]
    assert wrong(ask("PATCH", path, b'{"count": 3, "sku": "b"}')) == ["sku"]
    assert wrong(ask("PATCH", path + "?count=3", b"{}")) == ["count"]


def test_a_list_is_repeated_or_json_in_the_query(ask: Ask) -> None:
    for query in ("words=a&words=b&numbers=1&numbers=2", 'words=["a","b"]&numbers=[1,2]'):
        assert ask("GET", f"/api/shop/many?{query}") == (
            200,
            [["a", "b"], [1, 2], "1.50", False, None],
        )


def test_one_value_is_a_list_of_one(ask: Ask) -> None:
    assert ask("GET", "/api/shop/many?words=a&numbers=1")[1][:2] == [["a"], [1]]


def test_defaults_count_for_what_is_not_given(ask: Ask) -> None:
    assert ask("POST", "/api/shop/many", b'{"words": []}') == (200, [[], None, "1.50", False, None])


def test_query_and_body_mean_the_same(ask: Ask) -> None:
    by_get = ask("GET", "/api/shop/many?words=a&numbers=1&price=2.25&flag=true&code=12")
    body = b'{"words": ["a"], "numbers": [1], "price": "2.25", "flag": true, "code": "12"}'
    assert by_get == ask("POST", "/api/shop/many", body)
    assert by_get == (200, [["a"], [1], "2.25", True, "12"])


def test_wrong_members_of_lists_are_named(ask: Ask) -> None:
    assert wrong(ask("GET", "/api/shop/many?words=a&numbers=1&numbers=x")) == ["numbers.1"]
    assert wrong(ask("POST", "/api/shop/many", b'{"words": ["a", 1]}')) == ["words.1"]


def test_a_scalar_given_twice_is_refused(ask: Ask) -> None:
    assert wrong(ask("GET", "/api/shop/many?words=a&code=1&code=2")) == ["code"]


def test_too_many_parameters_are_refused(ask: Ask) -> None:
    status, body = ask("GET", "/api/shop/many?" + "&".join(f"words={n}" for n in range(1001)))
    assert (status, body["code"]) == (400, "bad_request")
