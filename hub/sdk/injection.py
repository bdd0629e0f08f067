"""Dependency injection: ``providers.py`` says how things are made, annotations say who gets them.

A provider makes one type of thing, from parameters that are provided in turn. Actions, routes,
tasks, checks, consumers and commands mark the parameters they want filled with :data:`Injected`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic_core import core_schema

T = TypeVar("T")
F = TypeVar("F")

Scope = Literal["app", "call"]
SCOPES: Final = ("app", "call")
ATTRIBUTE: Final = "__hub_provider__"


class InjectionError(Exception):
    """What is asked for can't be injected; the message is a sentence that names the path."""


@dataclass(frozen=True, slots=True)
class Inject:
    """Marks a parameter to be filled by the hub: ``pool: Annotated[Pool, Inject("reports")]``.

    ``qualifier`` tells apart several providers of one type. Callers never see such a parameter.
    """

    qualifier: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        # Ninja reads a view's parameters when the module is imported, before the hub hides them.
        return core_schema.any_schema()


Injected = Annotated[T, Inject()]
"""``pool: Injected[Pool]``: to type checkers a ``Pool``, to the hub a parameter to fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDeclaration:
    """What ``@provide`` says of ``source``; ``provides`` is ``None`` where its types tell."""

    source: Any
    scope: Scope
    qualifier: str
    provides: Any


def provide(
    *, scope: Scope = "call", qualifier: str = "", provides: Any = None
) -> Callable[[F], F]:
    """Declare how things of one type are made. On

    * a function, plain or async: it makes the type it says it returns;
    * a generator function, plain or async, that yields once: what follows is the cleanup, and an
      error of the call is raised at the ``yield``, as in :func:`contextlib.contextmanager`;
    * a class: made by its constructor;
    * a method or classmethod: a class with such methods is made once, by its constructor.

    All parameters are provided in turn, by type; one that nobody provides keeps its default.
    ``app`` things are made once a process, ``call`` things once a call. ``provides`` names
    another type than the types say, such as an interface. Plain functions run in a worker thread,
    constructors and classmethods at once: they must not wait for anything.
    """

    def declare(source: F) -> F:
        declaration = provided(source, scope=scope, qualifier=qualifier, provides=provides)
        setattr(source, ATTRIBUTE, declaration)
        return source

    return declare


def provided(
    source: Any, *, scope: Scope = "call", qualifier: str = "", provides: Any = None
) -> ProviderDeclaration:
    """The same for what is defined elsewhere, in a list: ``providers = [provided(Client)]``."""
    if scope not in SCOPES:
        raise ValueError(f"scope= is 'app' or 'call', not {scope!r}.")
    if not isinstance(qualifier, str):
        raise TypeError(f"qualifier= is a text, not {qualifier!r}.")
    if not callable(source) and not isinstance(source, classmethod | staticmethod):
        raise TypeError(f"A provider is a function or a class, not {source!r}.")
    return ProviderDeclaration(source=source, scope=scope, qualifier=qualifier, provides=provides)


def provider_declaration_of(value: object) -> ProviderDeclaration | None:
    """The record ``@provide`` left on ``value`` itself, not on a base class of it."""
    for each in (value, getattr(value, "__func__", None)):  # below @classmethod, or above it
        found = getattr(each, ATTRIBUTE, None)
        if isinstance(found, ProviderDeclaration) and found.source is each:
            return found
    return None


def injection_of(hint: Any) -> tuple[Any, str] | None:
    """``(type, qualifier)`` of an annotation marked for injection, else ``None``."""
    marks: Sequence[Any] = getattr(hint, "__metadata__", ())
    for mark in marks:
        if isinstance(mark, Inject):
            return hint.__origin__, mark.qualifier
        if mark is Inject:
            return hint.__origin__, ""
    return None
