"""What is done in the hub."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from depots.depot.store import Heard, Item, Label, Size, SoldOut, Store, TooHeavy

from hub.sdk import (
    BadRequest,
    CallContext,
    Caller,
    Component,
    Conflict,
    FieldError,
    Forbidden,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
    component,
    implementation,
)

__all__ = ["Depot", "ShortStore", "Store", "StoreInMemory"]

FAULTS = {
    "not_found": lambda: NotFound("No such item.", code="unknown_item", hint="Look again."),
    "conflict": lambda: Conflict("Taken.", detail={"by": ["ada"]}),
    "forbidden": lambda: Forbidden("Not you."),
    "unauthenticated": lambda: Unauthenticated("Who?"),
    "bad_request": lambda: BadRequest("Nonsense.", code="nonsense"),
    "invalid": lambda: InvalidInput("sku: too long", [FieldError("sku", "too long", "length")]),
    "unavailable": lambda: Unavailable("Closed.", headers={"Retry-After": "3"}),
    "sold_out": lambda: SoldOut("A1", 3),
    "too_heavy": lambda: TooHeavy("It weighs 3 t.", detail={"tons": 3}),
    "undeclared": lambda: KeyError("a secret"),
}


@implementation(Store)
class StoreInMemory(Store):
    def echo(self, item: Item) -> Item:
        return item

    def relabel(self, label: Label) -> Label:
        return label

    def named(self, sku: str) -> str:
        return sku

    def listed(
        self,
        words: list[str],
        numbers: list[int],
        limit: int = 10,
        upper: bool = False,
        size: Size | None = None,
    ) -> list[str]:
        found = [*words, *map(str, numbers), *([size.value] if size else [])][:limit]
        return [word.upper() for word in found] if upper else found

    def count(self, name: str, step: int = 2, *, times: int = 3) -> int:
        return step * times

    async def doubled(self, number: int) -> int:
        return number * 2

    def nothing(self) -> None:
        return None

    def maybe(self, sku: str | None = None) -> str | None:
        return sku

    def heard(self, caller: Caller, context: CallContext) -> Heard:
        return Heard(caller.username, context.transport, context.remaining(), context.request_id)

    def write(self) -> bool:
        return True

    def fail(self, kind: str) -> None:
        raise FAULTS[kind]()

    async def afail(self, kind: str) -> None:
        raise FAULTS[kind]()

    def slow(self, seconds: float) -> str:
        time.sleep(seconds)
        return "done"

    async def aslow(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    def sleep(self, seconds: float) -> str:
        time.sleep(seconds)
        return "done"

    def repeated(self, text: str, times: int) -> list[str]:
        return [text] * times

    def anything(self, value: Any) -> Any:
        return value

    def wrong(self) -> int:
        return "no number"  # type: ignore[return-value]

    def untriggered(self) -> str:
        return "here"


@implementation(Store, qualifier="short")
class ShortStore(StoreInMemory):
    def named(self, sku: str) -> str:
        return sku[:1]


@component(services=[Store], version="1.0")
class Depot(Component):
    """All on one shelf."""
