"""``@health_check``: a function that tells whether a part of the plugin works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from inspect import cleandoc
from math import isfinite
from typing import Any, Final, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

ATTRIBUTE: Final = "__hub_health_check__"


class Status(StrEnum):
    """Ordered by severity in :data:`SEVERITY`. No answer is never ``UP``."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    UNKNOWN = "UNKNOWN"
    MAINTENANCE = "MAINTENANCE"
    DOWN = "DOWN"


SEVERITY: Final = (
    Status.UP,
    Status.DEGRADED,
    Status.UNKNOWN,
    Status.MAINTENANCE,
    Status.DOWN,
)


@dataclass(frozen=True, slots=True)
class Health:
    """What a check found; ``output`` is for operators, at most 4 KiB are kept."""

    status: Status
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthDeclaration:
    """``interval`` and ``timeout`` are in seconds. A check that is not ``critical`` makes the
    whole DEGRADED at most."""

    function: Callable[[], Any]
    name: str
    description: str
    interval: float
    timeout: float
    critical: bool


def health_check(
    *,
    name: str | None = None,
    interval: float = 30.0,
    timeout: float = 5.0,
    critical: bool = True,
) -> Callable[[F], F]:
    """Declare a function without parameters, plain or async, as a check of its plugin.

    It returns ``None`` (UP), a :class:`Status` or a :class:`Health`; what it raises is DOWN, and
    so is no answer within ``timeout`` seconds.
    """
    for what, seconds in (("interval", interval), ("timeout", timeout)):
        if not isfinite(seconds) or seconds <= 0:
            raise ValueError(f"{what}= is a number of seconds above 0, not {seconds!r}.")

    def declare(function: F) -> F:
        declaration = HealthDeclaration(
            function=function,
            name=name or function.__name__,
            description=cleandoc(function.__doc__ or ""),
            interval=interval,
            timeout=timeout,
            critical=critical,
        )
        setattr(function, ATTRIBUTE, declaration)
        return function

    return declare


def health_declaration_of(value: object) -> HealthDeclaration | None:
    found = getattr(value, ATTRIBUTE, None) if callable(value) else None
    return found if isinstance(found, HealthDeclaration) else None
