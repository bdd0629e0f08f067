"""The services that the tests call."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from pydantic import BaseModel, Field

from hub.loader.catalog import Plugin
from hub.sdk import (
    CallContext,
    Caller,
    Component,
    Conflict,
    InvalidInput,
    action,
    allow_all,
    component,
    get,
    implementation,
    method,
    requires_scope,
    service,
    ttl,
)
from tests.local_calls.conftest import plugin_of

RELEASED = threading.Event()


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Node:
    name: str
    children: list[Node] = field(default_factory=list)
    weight: float = 0.0


@dataclass
class Everything:
    integer: int
    text: str
    flag: bool
    number: float
    data: bytes
    when: datetime
    lasts: timedelta
    price: Decimal
    colour: Colour
    tags: list[str]
    stock: dict[str, int]
    either: int | str
    maybe: str | None = None


class Aliased(BaseModel):
    own_name: int = Field(alias="ownName")


class OutOfStock(Exception):
    code = "out_of_stock"
    status = 409

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(sku, left)
        self.sku, self.left = sku, left

    def __str__(self) -> str:
        return f"{self.sku} is sold out."


class Rotten(OutOfStock):
    """Not declared itself: its base is."""


class Damaged(Conflict):
    default_code = "damaged"


@service(name="inventory", raises=(OutOfStock,))
class Inventory:
    """What is in the shop."""

    @method(access=allow_all, idempotent=True)
    def item(self, sku: str, *, left: int = 3) -> Node:
        """One item."""
        raise NotImplementedError

    @method(access=allow_all)
    async def tree(self, node: Node) -> Node: ...  # type: ignore[empty-body]

    @method(access=allow_all)
    async def everything(self, value: Everything) -> Everything: ...  # type: ignore[empty-body]

    @method(access=allow_all)
    async def aliased(self, value: Aliased) -> Aliased: ...  # type: ignore[empty-body]

    @method(access=allow_all)
    async def nothing(self) -> None: ...

    @method(access=requires_scope("write"))
    def write(self, number: int) -> int:
        raise NotImplementedError

    async def who(self, caller: Caller, context: CallContext) -> list[str]: ...  # type: ignore[empty-body]

    @method(access=allow_all)
    async def fail(self, how: str) -> None: ...

    @method(access=allow_all, timeout=5)
    async def wait(self, seconds: float) -> float: ...  # type: ignore[empty-body]

    @method(access=allow_all, cache=ttl(60))
    async def cached(self, number: int) -> float: ...  # type: ignore[empty-body]


FAULTS = {
    "declared": lambda: OutOfStock("A1", 0),
    "subclass": lambda: Rotten("A1", 0),
    "hub": lambda: Damaged("It is damaged.", hint="Take another.", detail={"sku": "A1"}),
    "undeclared": lambda: RuntimeError("the secret is 42"),
    "invalid": lambda: InvalidInput("sku: is odd", []),
}


@implementation(Inventory)
class Shelves(Inventory):
    calls = 0

    def item(self, sku: str, *, left: int = 99) -> Node:
        return Node(sku, weight=float(left))

    async def tree(self, node: Node) -> Node:
        return node

    async def everything(self, value: Everything) -> Everything:
        return value

    async def aliased(self, value: Aliased) -> Aliased:
        return value

    async def nothing(self) -> None:
        return None

    def write(self, number: int) -> int:
        return number

    async def who(self, caller: Caller, context: CallContext) -> list[str]:
        return [caller.username, context.transport, context.operation]

    async def fail(self, how: str) -> None:
        raise FAULTS[how]()

    async def wait(self, seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    async def cached(self, number: int) -> float:
        type(self).calls += 1
        return number + 0.5


@implementation(Inventory, qualifier="slow")
class SlowShelves(Shelves):
    def item(self, sku: str, *, left: int = 1) -> Node:
        return Node(f"slow {sku}")


@component(name="warehouse", services=(Inventory,))
class Warehouse(Component):
    """Where all is."""


@service(name="hidden")
class Hidden:
    """In no component."""

    @method(access=allow_all)
    def look(self) -> int:
        raise NotImplementedError


@implementation(Hidden)
class HiddenHere(Hidden):
    def look(self) -> int:
        return 1


@service(name="plain")
class Plain:
    """Over one channel only."""

    @method(access=requires_scope("plain"))
    def look(self) -> int:
        raise NotImplementedError


@implementation(Plain)
class PlainHere(Plain):
    def look(self) -> int:
        return 1


@component(name="plains", services=(Plain,), channels=("dispatch-json",))
class Plains(Component):
    pass


@action(get(), access=allow_all)
async def say_hello(name: str) -> str:
    """Greet."""
    return f"Hello {name}!"


def plugins() -> list[Plugin]:
    return [
        plugin_of(
            Inventory, Shelves, SlowShelves, Warehouse, Hidden, HiddenHere, Plain, PlainHere, Plains
        ),
        plugin_of(say_hello, label="greeter"),
    ]
