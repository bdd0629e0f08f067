"""``@action``: a function declared once, reachable everywhere.

The decorator only leaves a frozen record on the function and returns the function itself, so that
it stays an ordinary function for its own module and tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc
from keyword import iskeyword
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, TypeVar

from hub.sdk.access import Access, authenticated
from hub.sdk.caching import CachePolicy
from hub.sdk.triggers import IDEMPOTENT, Trigger, WebTrigger
from hub.wire.errors import HubError

F = TypeVar("F", bound=Callable[..., Any])

ATTRIBUTE: Final = "__hub_action__"


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Example:
    """One call that shows how the action is used, and, with ``result``, what it answers.

    Shown in OpenAPI and the admin; a generated test calls it and compares the result.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    result: Any = MISSING
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDeclaration:
    """What ``@action`` says of a function. ``raises``: exceptions that callers are told of."""

    function: Callable[..., Any]
    name: str
    description: str
    triggers: tuple[Trigger, ...]
    access: Access
    timeout: float | None
    examples: tuple[Example, ...]
    cache: CachePolicy | None = None
    batch: Callable[..., Any] | None = None
    idempotent: bool | None = None
    raises: tuple[type[Exception], ...] = ()

    @property
    def is_idempotent(self) -> bool:
        """Whether doing it twice does no more than doing it once (RFC 9110 §9.2.2), so that a call
        whose answer was lost may be tried again: what it says of itself, else by its web triggers.
        """
        if self.idempotent is not None:
            return self.idempotent
        methods = [each.method for each in self.triggers if isinstance(each, WebTrigger)]
        return bool(methods) and all(each in IDEMPOTENT for each in methods)


def action(
    *triggers: Trigger,
    access: Access = authenticated,
    timeout: float | None = None,
    examples: Sequence[Example] = (),
    name: str | None = None,
    description: str | None = None,
    cache: CachePolicy | None = None,
    batch: Callable[..., Any] | None = None,
    idempotent: bool | None = None,
    raises: Sequence[type[Exception]] = (),
) -> Callable[[F], F]:
    """Declare a function, plain or async, as an action of its plugin.

    ``access`` defaults to signed-in callers: anonymous access is always declared. ``timeout`` is
    the deadline in seconds, by default the hub's. ``name`` and ``description`` default to the
    function's name and docstring. An action without a trigger is reached by the command line and
    the admin only.

    On a method of a type that an action returns, it declares a nested action: a lazily resolved
    GraphQL field, also callable with its owner's value. ``batch``, a plain or async function, is
    then called with a list of owners and the arguments by name, and returns as many results.
    ``cache`` says how long an answer stays good. ``idempotent`` says whether callers from afar may
    try it twice; by default its web triggers tell. ``raises`` names exceptions that callers get as
    the same class, with their text and arguments; of others that are no :class:`HubError` they
    learn nothing. Raises :class:`TypeError` for arguments that can't be a declaration.
    """
    for trigger in triggers:
        if not isinstance(trigger, Trigger):
            raise TypeError(
                f"@action takes triggers such as get() or post(), not {trigger!r}; "
                "write @action() with parentheses."
            )
    if not isinstance(access, Access):
        raise TypeError(f"access= takes an access rule such as allow_all, not {access!r}.")
    if timeout is not None and not _is_duration(timeout):
        raise ValueError(f"timeout= is a number of seconds above 0, not {timeout!r}.")
    declared = declared_exceptions(raises)

    def declare(function: F) -> F:
        own_name = name or function.__name__
        if not own_name.isidentifier() or iskeyword(own_name):
            raise ValueError(f"An action's name is an identifier such as say_hello: {own_name!r}.")
        declaration = ActionDeclaration(
            function=function,
            name=own_name,
            description=_clean(function.__doc__ if description is None else description),
            triggers=tuple(triggers),
            access=access,
            timeout=timeout,
            examples=tuple(examples),
            cache=cache,
            batch=batch,
            idempotent=idempotent,
            raises=declared,
        )
        setattr(function, ATTRIBUTE, declaration)
        return function

    return declare


def declaration_of(value: object) -> ActionDeclaration | None:
    """The record ``@action`` left on ``value``, if any."""
    found = getattr(value, ATTRIBUTE, None) if callable(value) else None
    return found if isinstance(found, ActionDeclaration) else None


def declared_exceptions(raises: object) -> tuple[type[Exception], ...]:
    """What ``raises=`` names, each once. Raises :class:`TypeError` for what can't be declared."""
    if not isinstance(raises, list | tuple):
        raise TypeError(f"raises= takes a tuple of exception classes, not {raises!r}.")
    for each in raises:
        if not isinstance(each, type) or not issubclass(each, Exception) or each is Exception:
            raise TypeError(f"raises= takes classes of exceptions of one's own, not {each!r}.")
        if issubclass(each, HubError):
            raise TypeError(f"{each.__name__} is an error of the hub, which callers see as it is.")
    return tuple(dict.fromkeys(raises))


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and isfinite(value) and value > 0


def _clean(text: str | None) -> str:
    return cleandoc(text) if text else ""
