"""An action in a module without ``from __future__ import annotations``."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Item:
    sku: str
    price: Decimal


def with_objects(item: Item, colour: Colour, limit: int | None) -> str:
    return f"{item.sku} {colour.value} {limit}"
