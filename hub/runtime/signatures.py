"""What a worker's function takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether ``function`` has a parameter of that name."""
    return name in inspect.signature(function).parameters
