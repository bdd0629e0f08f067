"""``exceptions.py``: functions marked with ``@exception_handler``, one contribution a class."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from types import ModuleType

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.exceptions import exception_handlers_of


def read_exception_handlers(module: ModuleType, found: Found) -> Iterator[Contribution]:
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        for handler in exception_handlers_of(value):
            told = cleandoc(handler.function.__doc__ or "").partition("\n")[0]
            where = "everywhere" if handler.everywhere else f"in {found.label}"
            yield Contribution(
                kind="exception_handler",
                name=f"{handler.error.__module__}.{handler.error.__qualname__}",
                module=module.__name__,
                value=handler,
                detail=f"{where}: {told}" if told else where,
            )
