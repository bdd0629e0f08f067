"""How a call that is late is named and told."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from hub.wire.errors import DeadlineExceeded


def name_of(function: Callable[..., Any]) -> str:
    """``module.function``, through partials."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '?')}.{name}"


def too_late(timeout: float | None) -> DeadlineExceeded:
    seconds = timeout or 0
    shown = round(seconds, 2 if seconds > 1 else 3)
    return DeadlineExceeded(f"The call did not finish within {shown:g} s.")
