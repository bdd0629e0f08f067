"""A program of its own that orders from the warehouse, again and again. Needs no Django.

    python -m plugins.warehouse.orders --hub http://127.0.0.1:8000 --sku A1

It finds the inventory through the hub. While nobody answers it keeps its order and tries again:
none is lost, and none is taken twice.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from hub.client import Hub
from hub.sdk import DeadlineExceeded, HubError, Unavailable
from plugins.warehouse.inventory import Inventory, OutOfStock

Say = Callable[[str], object]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    with Hub(options.hub, token=os.environ.get("HUB_TOKEN")) as hub:
        inventory = hub.service(Inventory, channel=options.channel)
        for _ in _rounds(options.number, options.every):
            try:
                order(inventory, options.sku, options.amount, every=options.every, say=_say)
            except HubError as error:
                _say(f"Not ordered: {error.message}")
                if not isinstance(error, OutOfStock):
                    return 1
    return 0


def order(inventory: Inventory, sku: str, amount: int, *, every: float, say: Say) -> None:
    """One order, tried until there is an answer. Raises :class:`HubError` for an answer of no."""
    number = uuid4()
    while True:
        try:
            receipt = inventory.reserve(number, sku, amount=amount)
        except (Unavailable, DeadlineExceeded) as error:
            say(f"Waiting: {error.message}")
            time.sleep(every)
        else:
            left = inventory.item(sku).left
            say(f"Ordered {receipt.amount} of {receipt.sku} for {receipt.total} €: {left} left.")
            return


def _rounds(number: int, every: float) -> Iterator[int]:
    """Counts to ``number``, or without end for 0, with a pause between two."""
    for each in itertools.count() if number == 0 else range(number):
        if each:
            time.sleep(every)
        yield each


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Order from the warehouse, again and again.")
    parser.add_argument("--hub", default="http://127.0.0.1:8000", help="the hub's address")
    parser.add_argument("--sku", default="A1", help="what to order (default: A1)")
    parser.add_argument("--amount", type=int, default=1, help="how many pieces (default: 1)")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between orders")
    parser.add_argument("--number", type=int, default=0, help="how many orders; 0 is without end")
    parser.add_argument("--channel", default="", help="such as dispatch-json; else the best")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
