"""The plugins' exception handlers: which one answers for an exception, and what it says."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from hub.loader.boot import catalog
from hub.loader.catalog import Catalog
from hub.operations import switches
from hub.sdk.exceptions import ExceptionHandler
from hub.wire.errors import HubError, InternalError

logger = logging.getLogger(__name__)

_SILENT: Final = "Something went wrong inside; the operators find it in the log."

Handlers = dict[type[Exception], tuple[str, ExceptionHandler]]


@dataclass(frozen=True, slots=True)
class HandlerTable:
    """By plugin and class; each handler with the label of its plugin."""

    catalog: Catalog
    own: dict[str, Handlers]
    everywhere: Handlers

    def find(self, error: Exception, plugin: str) -> tuple[str, ExceptionHandler] | None:
        """The handler of the most specific class; of one class, the plugin's own before one that
        another plugin declares for everywhere."""
        own, everywhere = self.own.get(plugin, {}), self.everywhere
        if not own and not everywhere:
            return None
        off = switches.last_known()
        for kind in type(error).__mro__:
            for found in (own.get(kind), everywhere.get(kind)):
                if found is not None and found[0] not in off:
                    return found
        return None


def handler_table(found: Catalog) -> HandlerTable:
    own: dict[str, Handlers] = {}
    everywhere: Handlers = {}
    for plugin in found.loaded():
        for contribution in plugin.contributed("exception_handler"):
            handler: ExceptionHandler = contribution.value
            entry = (plugin.label, handler)
            own.setdefault(plugin.label, {})[handler.error] = entry
            if handler.everywhere:
                everywhere[handler.error] = entry
    return HandlerTable(found, own, everywhere)


_table: HandlerTable | None = None


def handled(error: Exception, *, plugin: str) -> HubError | None:
    """What ``error``, raised by an operation or a route of ``plugin``, means by a handler of the
    plugins; ``None`` where none is for it. A handler that fails is logged and makes it an
    :class:`InternalError`. No I/O."""
    global _table
    if isinstance(error, HubError):
        return None
    if _table is None or _table.catalog is not catalog():
        _table = handler_table(catalog())
    found = _table.find(error, plugin)
    return None if found is None else _asked(*found, error)


def _asked(label: str, handler: ExceptionHandler, error: Exception) -> HubError:
    try:
        answer: object = handler.function(error)
    except HubError as raised:
        answer = raised
    except Exception:  # noqa: BLE001 - a plugin can fail, and it is logged below
        _log(label, handler, "failed")
        return InternalError(_SILENT)
    if isinstance(answer, HubError):
        return answer
    close = getattr(answer, "close", None)
    if callable(close):
        close()  # a coroutine nobody will await
    _log(label, handler, f"returned {type(answer).__name__}, not a HubError,")
    return InternalError(_SILENT)


def _log(label: str, handler: ExceptionHandler, what: str) -> None:
    name = getattr(handler.function, "__name__", repr(handler.function))
    logger.error(
        "The exception handler '%s' of the plugin '%s' %s for %s",
        name,
        label,
        what,
        handler.error.__qualname__,
        exc_info=True,
    )
