"""The interface of the inventory: all that its callers know. Needs no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.sdk import HubError, allow_all, get, method, put, requires_scope, service

Sku = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]


class OutOfStock(HubError):
    """There is less left than was ordered; ``detail`` holds how much is."""

    default_code = "out_of_stock"
    default_status = 409


@dataclass(frozen=True)
class Item:
    """``price`` is in euros, ``left`` in pieces."""

    sku: str
    name: str
    price: Decimal
    left: int


@dataclass(frozen=True)
class Receipt:
    """An order that was taken. ``total`` is in euros."""

    order: UUID
    sku: str
    amount: int
    total: Decimal
    at: datetime


@service(access=allow_all, timeout=5)
class Inventory:
    """What is in the warehouse, and orders of it."""

    @get("/items/{sku}")
    def item(self, sku: Sku) -> Item:
        """One item, by its SKU."""
        raise NotImplementedError

    @get("/items")
    def items(self, containing: str = "") -> list[Item]:
        """All items whose name contains a text, by SKU."""
        raise NotImplementedError

    @method(access=requires_scope("warehouse:order"))
    @put("/orders/{order}")
    def reserve(self, order: UUID, sku: Sku, amount: Annotated[int, Field(ge=1)] = 1) -> Receipt:
        """Take pieces of an item out.

        The caller makes up the order's number: the same order again gives the same receipt and
        takes nothing, so a call whose answer was lost can be repeated. It fails as out_of_stock, as
        unknown_item, or as other_order where the number was that of another order.
        """
        raise NotImplementedError
