"""The warehouse as a component: the inventory, on every channel."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hub.sdk import Component, Health, Status, component
from plugins.warehouse.inventory import Inventory
from plugins.warehouse.models import StockItem
from plugins.warehouse.stock import DatabaseInventory

__all__ = ["DatabaseInventory", "Inventory", "Warehouse"]

FIRST: Final = (
    ("A1", "Paper, a ream", Decimal("4.90")),
    ("B2", "Pencils, a dozen", Decimal("3.20")),
    ("C3", "Rubber", Decimal("0.80")),
)


@component(services=[Inventory], name="warehouse")
class Warehouse(Component):
    """The warehouse of this hub."""

    def startup(self) -> None:
        """An empty warehouse is filled, so that there is something to try."""
        if not StockItem.objects.exists():
            rows = (
                StockItem(sku=sku, name=name, price=price, left=1000) for sku, name, price in FIRST
            )
            StockItem.objects.bulk_create(rows, ignore_conflicts=True)  # other processes start too

    def get_health(self) -> Health:
        """Whether there is something to order."""
        empty = list(StockItem.objects.filter(left=0).values_list("sku", flat=True)[:20])
        if empty:
            return Health(Status.DEGRADED, f"Sold out: {', '.join(empty)}.")
        return Health(Status.UP, f"Items: {StockItem.objects.count()}.")
