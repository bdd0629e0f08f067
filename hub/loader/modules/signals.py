"""``signals.py``: functions marked with ``@on_signal``, one contribution a signal.

Django's own receivers in it need nothing of the hub: importing the module connects them.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.signals import receivers_of


def read_receivers(module: ModuleType, found: Found) -> Iterator[Contribution]:
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) == module.__name__:
            for receiver in receivers_of(value):
                yield Contribution(
                    kind="receiver",
                    name=f"{found.label}.{name}",
                    module=module.__name__,
                    value=receiver,
                    detail=f"on {receiver.signal.name}",
                )
