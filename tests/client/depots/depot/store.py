"""The interface, as callers have it. It loads no Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from hub.sdk import (
    CallContext,
    Caller,
    HubError,
    allow_all,
    authenticated,
    get,
    method,
    post,
    put,
    requires_scope,
    service,
)


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True)
class Item:
    sku: str
    price: Decimal
    size: Size = Size.SMALL
    made: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    id: UUID | None = None
    photo: bytes = b"\x00\xff"
    parts: list[Item] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)


class Label(BaseModel):
    """Its members have other names where they are written, read, or both."""

    from_: str = Field(alias="from")
    size: int = Field(serialization_alias="sizeInMm")
    colour: str = Field(validation_alias="paint")


@dataclass(frozen=True)
class Heard:
    """What the other side heard of a call."""

    user: str
    transport: str
    remaining: float
    request_id: str


class SoldOut(Exception):
    """Declared, and the hub's own in nothing."""

    code = "sold_out"
    status = 409


class TooHeavy(HubError):
    default_code = "too_heavy"
    default_status = 400


@service(access=allow_all, raises=(SoldOut,))
class Store:
    """Items, and all the ways in which a call can fail."""

    @post()
    def echo(self, item: Item) -> Item: ...

    @post()
    def relabel(self, label: Label) -> Label: ...

    @get("/items/{sku}")
    def named(self, sku: str) -> str: ...

    @get()
    def listed(
        self,
        words: list[str],
        numbers: list[int],
        limit: int = 10,
        upper: bool = False,
        size: Size | None = None,
    ) -> list[str]: ...

    @put("/counts/{name}")
    def count(self, name: str, step: int = 2, *, times: int = 3) -> int: ...

    @post()
    async def doubled(self, number: int) -> int: ...

    @post()
    def nothing(self) -> None: ...

    @get()
    def maybe(self, sku: str | None = None) -> str | None: ...

    @get()
    @method(access=authenticated)
    def heard(self, caller: Caller, context: CallContext) -> Heard: ...

    @get()
    @method(access=requires_scope("depot:write"))
    def write(self) -> bool: ...

    @post()
    def fail(self, kind: str) -> None: ...

    @post()
    async def afail(self, kind: str) -> None: ...

    @post()
    @method(timeout=0.2)
    def slow(self, seconds: float) -> str: ...

    @post()
    @method(timeout=0.2)
    async def aslow(self, seconds: float) -> str: ...

    @post()
    def sleep(self, seconds: float) -> str: ...

    @post()
    def repeated(self, text: str, times: int) -> list[str]: ...

    @post()
    def anything(self, value: Any) -> Any: ...

    @post()
    def wrong(self) -> int: ...

    def untriggered(self) -> str: ...
