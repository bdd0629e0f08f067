"""The inventory on the hub's database."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import F

from hub.sdk import Conflict, NotFound, implementation
from plugins.warehouse.inventory import Inventory, Item, OutOfStock, Receipt
from plugins.warehouse.models import Order, StockItem


@implementation(Inventory)
class DatabaseInventory(Inventory):
    def item(self, sku: str) -> Item:
        return _shown(_found(sku))

    def items(self, containing: str = "") -> list[Item]:
        return [_shown(row) for row in StockItem.objects.filter(name__icontains=containing)]

    def reserve(self, order: UUID, sku: str, amount: int = 1) -> Receipt:
        with transaction.atomic():
            item = _found(sku)
            row, is_new = Order.objects.get_or_create(
                id=order, defaults={"item": item, "amount": amount, "total": item.price * amount}
            )
            if not is_new and (row.item_id, row.amount) != (sku, amount):
                raise Conflict(
                    f"The order {order} was {row.amount} of {row.item_id}, not {amount} of {sku}.",
                    code="other_order",
                )
            if is_new:
                _take(item, amount)
        return Receipt(order, row.item_id, row.amount, row.total, row.at)


def _take(item: StockItem, amount: int) -> None:
    """One conditional UPDATE, so that two orders at once can't take the same piece."""
    rows = StockItem.objects.filter(pk=item.pk, left__gte=amount)
    if not rows.update(left=F("left") - amount):
        left = StockItem.objects.values_list("left", flat=True).get(pk=item.pk)
        raise OutOfStock(
            f"There are {left} of {item.pk} left, not {amount}.", detail={"left": left}
        )


def _found(sku: str) -> StockItem:
    found = StockItem.objects.filter(pk=sku).first()
    if found is None:
        raise NotFound(f"There is no item {sku}.", code="unknown_item")
    return found


def _shown(row: StockItem) -> Item:
    return Item(row.sku, row.name, row.price, row.left)
