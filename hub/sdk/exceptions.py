"""``exceptions.py``: what the exceptions of a plugin, or of a library it uses, mean to a caller.

::

    @exception_handler(SoldOut)
    def sold_out(error: SoldOut) -> HubError:
        return Conflict(f"{error.sku} is sold out.", code="sold_out")
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hub.wire.errors import HubError

ATTRIBUTE: Final = "__hub_exception_handlers__"

F = TypeVar("F", bound=Callable[..., HubError])


@dataclass(frozen=True, slots=True)
class ExceptionHandler:
    """``function`` says what an ``error``, an exception class, means. ``everywhere``: in the
    operations and routes of all plugins, not only of its own."""

    error: type[Exception]
    function: Callable[[Any], HubError]
    everywhere: bool = False


def exception_handler(*errors: type[Exception], everywhere: bool = False) -> Callable[[F], F]:
    """Declare a plain function that is given an exception and returns the :class:`HubError` that
    callers see instead of ``internal_error``.

    It is asked for what its plugin's operations and routes raise, subclasses included; of several
    handlers the one of the most specific class answers. It runs on the event loop, so it must not
    wait. What is a :class:`HubError` already is never asked about. If it raises anything but a
    :class:`HubError`, or returns anything else, that is logged and answered as an internal error.
    Raises :class:`TypeError` for what can't be a declaration.
    """
    if not errors:
        raise TypeError("@exception_handler names exception classes: @exception_handler(SoldOut).")
    for error in errors:
        _check(error, everywhere)

    def declare(function: F) -> F:
        if not callable(function) or inspect.iscoroutinefunction(function):
            raise TypeError(
                f"An exception handler is a plain function that does not wait, not {function!r}."
            )
        own = tuple(ExceptionHandler(error, function, everywhere) for error in errors)
        setattr(function, ATTRIBUTE, (*exception_handlers_of(function), *own))
        return function

    return declare


def exception_handlers_of(value: object) -> tuple[ExceptionHandler, ...]:
    """The records ``@exception_handler`` left on ``value``."""
    found = getattr(value, ATTRIBUTE, ()) if inspect.isroutine(value) else ()
    return found if isinstance(found, tuple) else ()


def _check(error: object, everywhere: bool) -> None:
    if not isinstance(error, type) or not issubclass(error, Exception):
        raise TypeError(f"@exception_handler takes exception classes, not {error!r}.")
    if issubclass(error, HubError):
        raise TypeError(f"{error.__name__} is an error of the hub, which callers see as it is.")
    if everywhere and error is Exception:
        raise TypeError("everywhere=True can't stand for Exception: it would hide every fault.")
