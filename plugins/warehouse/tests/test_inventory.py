"""The inventory on the database: nothing is taken twice, nor more than there is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection

from hub.sdk import Conflict, InvalidInput, NotFound, get_service
from plugins.warehouse.inventory import Inventory, Item, OutOfStock
from plugins.warehouse.models import Order, StockItem
from plugins.warehouse.services import FIRST, Warehouse

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inventory() -> Inventory:
    StockItem.objects.create(sku="A1", name="Paper", price=Decimal("4.90"), left=3)
    return get_service(Inventory)


@pytest.fixture
def order() -> Iterator[UUID]:
    yield uuid4()


def test_items_are_found_by_sku_and_by_name(inventory: Inventory) -> None:
    paper = Item("A1", "Paper", Decimal("4.90"), 3)
    assert inventory.item("A1") == paper
    assert inventory.items(containing="pap") == [paper]
    assert inventory.items(containing="ink") == []
    with pytest.raises(NotFound, match="There is no item Z9"):
        inventory.item("Z9")


def test_an_order_takes_from_the_stock(inventory: Inventory, order: UUID) -> None:
    receipt = inventory.reserve(order, "A1", amount=2)
    assert (receipt.order, receipt.amount, receipt.total) == (order, 2, Decimal("9.80"))
    assert inventory.item("A1").left == 1


def test_the_same_order_again_takes_nothing(inventory: Inventory, order: UUID) -> None:
    assert inventory.reserve(order, "A1", 2) == inventory.reserve(order, "A1", 2)
    assert inventory.item("A1").left == 1
    with pytest.raises(Conflict, match="was 2 of A1, not 1 of A1"):
        inventory.reserve(order, "A1", 1)


def test_more_than_is_left_is_refused_and_noted_nowhere(inventory: Inventory, order: UUID) -> None:
    with pytest.raises(OutOfStock, match="There are 3 of A1 left, not 4") as caught:
        inventory.reserve(order, "A1", 4)
    assert caught.value.detail == {"left": 3}
    assert not Order.objects.exists()


def test_amounts_that_no_order_can_hold_are_wrong_input(inventory: Inventory, order: UUID) -> None:
    for amount in (0, -1, 10**20):
        with pytest.raises(InvalidInput):
            inventory.reserve(order, "A1", amount)
    assert not Order.objects.exists()


def test_orders_at_once_take_no_more_than_there_is(inventory: Inventory) -> None:
    taken, refused = [], []

    def buy() -> None:
        try:
            taken.append(inventory.reserve(uuid4(), "A1"))
        except OutOfStock as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=buy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(refused)) == (3, 5)
    assert inventory.item("A1").left == 0


def test_an_empty_warehouse_is_filled_once() -> None:
    warehouse = Warehouse()
    warehouse.startup()
    StockItem.objects.filter(sku="A1").update(left=0)
    warehouse.startup()
    assert StockItem.objects.count() == len(FIRST)
    assert "Sold out: A1" in warehouse.get_health().output
