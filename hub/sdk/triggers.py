"""Ways an operation is set off. A trigger is a frozen record; edges give it its meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
IDEMPOTENT: Final = frozenset({"GET", "PUT", "DELETE"})

ATTRIBUTE: Final = "__hub_triggers__"


class Trigger:
    """The base of every trigger.

    It is an argument of ``@action`` and ``@method``, and stands by itself above a method of a
    service: ``@get("/items/{sku}")``.
    """

    __slots__ = ()

    def __call__(self, function: F) -> F:
        setattr(function, ATTRIBUTE, (self, *triggers_of(function)))
        return function


def triggers_of(function: object) -> tuple[Trigger, ...]:
    """The triggers that stand above a function by themselves, from top to bottom."""
    found = getattr(function, ATTRIBUTE, ())
    return found if isinstance(found, tuple) else ()


@dataclass(frozen=True, slots=True)
class WebTrigger(Trigger):
    """Reached by an HTTP ``method``.

    ``path`` is below the plugin's own prefix (``/items/{sku}`` becomes
    ``/api/<label>/items/{sku}``); ``None`` is the operation's kebab-case name.
    A ``{name}`` takes one segment for the parameter of that name.
    """

    method: Method
    path: str | None = None


def get(path: str | None = None) -> WebTrigger:
    """A safe read: parameters come from the path and the query string."""
    return WebTrigger("GET", path)


def post(path: str | None = None) -> WebTrigger:
    """Parameters come from the path and a JSON object in the body."""
    return WebTrigger("POST", path)


def put(path: str | None = None) -> WebTrigger:
    """Like :func:`post`, idempotent."""
    return WebTrigger("PUT", path)


def patch(path: str | None = None) -> WebTrigger:
    """Like :func:`post`."""
    return WebTrigger("PATCH", path)


def delete(path: str | None = None) -> WebTrigger:
    """Parameters come from the path and the query string."""
    return WebTrigger("DELETE", path)


@dataclass(frozen=True, slots=True)
class ScheduleTrigger(Trigger):
    """Set off by the clock: every ``seconds``, or at the times of a ``cron`` expression in
    ``timezone``. ``arguments`` are JSON values by parameter."""

    seconds: int | None = None
    cron: str | None = None
    timezone: str = "UTC"
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def every(
    *,
    seconds: int = 0,
    minutes: int = 0,
    hours: int = 0,
    days: int = 0,
    arguments: Mapping[str, Any] | None = None,
) -> ScheduleTrigger:
    """Again and again after this time, in whole seconds."""
    total = seconds + 60 * (minutes + 60 * (hours + 24 * days))
    if not isinstance(total, int) or total < 1:
        raise ValueError(f"every() takes a whole number of seconds of at least 1, not {total!r}.")
    return ScheduleTrigger(seconds=total, arguments=MappingProxyType(dict(arguments or {})))


def cron(
    expression: str, *, timezone: str = "UTC", arguments: Mapping[str, Any] | None = None
) -> ScheduleTrigger:
    """At the times of a crontab expression: minute, hour, day of month, month, day of week."""
    if len(expression.split()) != 5:
        raise ValueError(
            f"A cron expression has five fields such as '*/5 * * * *': {expression!r}."
        )
    return ScheduleTrigger(
        cron=" ".join(expression.split()),
        timezone=timezone,
        arguments=MappingProxyType(dict(arguments or {})),
    )


@dataclass(frozen=True, slots=True)
class PageTrigger(Trigger):
    """Shown as a page: ``path`` is below ``/pages/<label>/`` (``None``: the operation's kebab-case
    name), ``template`` below the plugin's templates (``None``: ``<label>/<name>.html``)."""

    path: str | None = None
    template: str | None = None


def page(path: str | None = None, *, template: str | None = None) -> PageTrigger:
    """A web page: the template gets the result as ``model``. Parameters come from the path and
    the query string."""
    return PageTrigger(path, template)
