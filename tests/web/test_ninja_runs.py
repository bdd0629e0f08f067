"""Routes that take the short way answer what ninja itself answers."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from ninja import Field, Header, NinjaAPI, Query, Router, Schema, Status
from ninja.testing import TestAsyncClient
from pydantic import field_serializer

from hub.web.rest.ninja_mount import _JsonRenderer
from hub.web.rest.ninja_query import refusing_unknown

router = Router()


class Item(Schema):
    sku: str = Field(alias="stockUnit")
    price: Decimal = Decimal("1.50")
    note: str | None = None
    made: date = date(2026, 1, 2)

    model_config = {**Schema.model_config, "populate_by_name": True}

    @field_serializer("note")
    def _shout(self, note: str | None) -> str | None:
        return note and note.upper()


class Special(Item):
    extra: int = 7


class Filters(Schema):
    tag: list[str] = []
    limit: int = 10


@router.get("/items/{number}", response=Item)
async def item(request: HttpRequest, number: int, note: str | None = None) -> Item:
    return Item(sku=f"A{number}", note=note)


@router.get("/aliased/{number}", response=Item, by_alias=True, exclude_none=True)
async def aliased(request: HttpRequest, number: int) -> Item:
    return Item(sku=f"A{number}")


@router.get("/unset", response=Item, exclude_unset=True)
async def unset(request: HttpRequest) -> Item:
    return Item(sku="A")


@router.get("/special", response=Item)
async def special(request: HttpRequest) -> Special:
    return Special(sku="S")


@router.get("/mapping", response=Item)
async def mapping(request: HttpRequest) -> Any:
    return {"stockUnit": "D", "price": "2"}


@router.get("/several", response={200: Item, 404: dict})
async def several(request: HttpRequest, found: bool) -> Any:
    return Item(sku="A") if found else Status(404, {"detail": "none"})


@router.get("/created", response={201: Item})
async def created(request: HttpRequest) -> Item:
    return Item(sku="N")


@router.get("/list", response=list[Item])
async def listed(request: HttpRequest, filters: Query[Filters]) -> list[Item]:
    return [Item(sku=tag) for tag in filters.tag][: filters.limit]


@router.get("/headers")
async def headers(request: HttpRequest, response: HttpResponse, x_who: Header[str]) -> Any:
    response["X-Seen"] = x_who
    return {"who": x_who}


@router.get("/own")
async def own(request: HttpRequest) -> HttpResponse:
    return HttpResponse("mine", content_type="text/plain", status=202)


@router.get("/empty", response={204: None})
async def empty(request: HttpRequest) -> Any:
    return Status(204, None)


@router.post("/items", response=Item)
async def made(request: HttpRequest, item: Item) -> Item:
    return item


def client(*, lean: bool) -> TestAsyncClient:
    api = NinjaAPI(urls_namespace=f"lean-{lean}")
    if lean:
        api.add_decorator(refusing_unknown, mode="view")
    api.add_router("", router)
    return TestAsyncClient(api)


@pytest.fixture(scope="module")
def clients() -> tuple[TestAsyncClient, TestAsyncClient]:
    return client(lean=True), client(lean=False)


def answer(response: Any) -> tuple[int, str, Any]:
    """JSON by its value: the hub writes it without blanks."""
    kind, body = response["Content-Type"], response.content
    return response.status_code, kind, json.loads(body) if body and "json" in kind else body


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/items/3", {}),
        ("/items/3?note=hi", {}),
        ("/items/x", {}),
        ("/aliased/3", {}),
        ("/unset", {}),
        ("/special", {}),
        ("/mapping", {}),
        ("/several?found=true", {}),
        ("/several?found=false", {}),
        ("/several", {}),
        ("/created", {}),
        ("/list?tag=a&tag=b&limit=1", {}),
        ("/list?limit=no", {}),
        ("/headers", {"headers": {"X-Who": "me"}}),
        ("/headers", {}),
        ("/own", {}),
        ("/empty", {}),
    ],
)
async def test_get(
    clients: tuple[TestAsyncClient, TestAsyncClient], path: str, options: dict[str, Any]
) -> None:
    ours, theirs = [await one.get(path, **options) for one in clients]
    assert answer(ours) == answer(theirs)
    assert ours.headers.get("X-Seen") == theirs.headers.get("X-Seen")


@pytest.mark.parametrize("body", [{"stockUnit": "A", "note": "x"}, {"note": 3}, [], {}])
async def test_post(clients: tuple[TestAsyncClient, TestAsyncClient], body: Any) -> None:
    ours, theirs = [await one.post("/items", json=body) for one in clients]
    assert answer(ours) == answer(theirs)


async def test_numbers_that_are_no_json_are_null() -> None:
    api = NinjaAPI(urls_namespace="infinite", renderer=_JsonRenderer())

    @api.get("/infinite")
    async def infinite(request: HttpRequest) -> Any:
        return {"most": float("inf"), "mean": float("nan"), "least": 1.5}

    answer = await TestAsyncClient(api).get("/infinite")
    assert answer.content == b'{"most":null,"mean":null,"least":1.5}'


def test_the_routes_do_take_the_short_way() -> None:
    api = NinjaAPI(urls_namespace="short")
    api.add_decorator(refusing_unknown, mode="view")
    api.add_router("", router)
    runs = [
        operation.run.__code__.co_filename
        for bound in api._get_bound_routers()
        for view in bound.path_operations.values()
        for operation in view.operations
    ]
    assert runs and all(name.endswith("ninja_run.py") for name in runs)
