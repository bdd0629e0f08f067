"""What of a plugin runs as long as the hub does: its ``lifespan`` and its ``@worker`` functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, TypeVar, overload

F = TypeVar("F", bound=Callable[..., Any])

ATTRIBUTE: Final = "__hub_worker__"
LONGEST_NAME: Final = 100


def _refuse_unless_seconds(what: str, value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not isfinite(value) or value <= 0:  # type: ignore[arg-type, operator]
        raise ValueError(f"{what}= is a number of seconds above 0, not {value!r}.")


def seconds_or_none(what: str, value: object) -> float | None:
    """``value`` if it is a number of seconds or ``None``. Raises :class:`ValueError`."""
    if value is None:
        return None
    _refuse_unless_seconds(what, value)
    return float(value)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """How a worker that crashed is started again: after ``initial`` seconds, then after twice as
    long each time, ``maximum`` at most. Each wait is shortened or lengthened by up to ``jitter`` of
    it, so that many don't come back at one moment. One that ran for ``healthy_after`` seconds
    starts with ``initial`` again."""

    initial: float = 1.0
    maximum: float = 60.0
    jitter: float = 0.1
    healthy_after: float = 60.0

    def __post_init__(self) -> None:
        for what in ("initial", "maximum", "healthy_after"):
            _refuse_unless_seconds(what, getattr(self, what))
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter= is a share from 0 to 1, not {self.jitter!r}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDeclaration:
    """``restart`` is ``None`` for a worker that is not started again. ``stop_timeout`` is in
    seconds; ``None`` takes the module's, then the hub's."""

    function: Callable[..., Any]
    name: str
    description: str
    singleton: bool
    restart: Restart | None
    stop_timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LifespanDeclaration:
    """``function()`` gives a context manager, plain or async, or is a generator function that
    yields once. Timeouts are in seconds; ``None`` takes the hub's."""

    function: Callable[..., Any]
    start_timeout: float | None = field(default=None)
    stop_timeout: float | None = field(default=None)


@overload
def worker(function: F, /) -> F: ...


@overload
def worker(
    *,
    name: str | None = None,
    singleton: bool = False,
    restart: Restart | None = Restart(),
    stop_timeout: float | None = None,
) -> Callable[[F], F]: ...


def worker(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    singleton: bool = False,
    restart: Restart | None = Restart(),
    stop_timeout: float | None = None,
) -> Any:
    """Declare a function that runs beside the requests, in each process that serves.

    An ``async`` function is stopped by cancellation. A plain one runs in a thread of its own; if it
    takes a parameter ``stop``, that is the :class:`threading.Event` that tells it to return. When
    it returns, it is done; when it raises, it is started again as ``restart`` says. Of a
    ``singleton`` one runs in all processes on one database; another takes over when that
    process ends. ``stop_timeout`` is how many seconds it may take to stop.
    """
    if restart is not None and not isinstance(restart, Restart):
        raise TypeError(f"restart= is a Restart(…), or None for never, not {restart!r}.")
    if stop_timeout is not None:
        _refuse_unless_seconds("stop_timeout", stop_timeout)

    def declare(function: F) -> F:
        if not callable(function):
            raise TypeError(f"@worker stands above a function, not above {function!r}.")
        chosen = str(name or getattr(function, "__name__", ""))
        if not chosen.isidentifier() or len(chosen) > LONGEST_NAME:
            raise ValueError(f"a worker's name is an identifier, not {chosen!r}: give it by name=.")
        declaration = WorkerDeclaration(
            function=function,
            name=chosen,
            description=inspect.getdoc(function) or "",
            singleton=singleton,
            restart=restart,
            stop_timeout=stop_timeout,
        )
        setattr(function, ATTRIBUTE, declaration)
        return function

    return declare if function is None else declare(function)


def worker_declaration_of(value: object) -> WorkerDeclaration | None:
    found = getattr(value, ATTRIBUTE, None) if callable(value) else None
    return found if isinstance(found, WorkerDeclaration) else None
