"""One way to make one type of thing, read from a declaration by dishka."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from dishka import Provider
from dishka import Scope as DishkaScope
from dishka.entities.key import DependencyKey
from dishka.exception_base import DishkaError
from dishka.registry import Registry

from hub.sdk.callers import CallContext, Caller
from hub.sdk.injection import ProviderDeclaration, Scope, injection_of


class Making(Enum):
    """How a source makes its thing. ``DIRECT``: a constructor, called on the spot. ``GIVEN``: it
    belongs to the call. ``FRESH``: looked at anew each time, such as settings."""

    DIRECT = "direct"
    PLAIN = "plain"
    ASYNC = "async"
    GENERATOR = "generator"
    ASYNC_GENERATOR = "async generator"
    GIVEN = "given"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Need:
    """A parameter to be filled: its type and qualifier. ``optional``: it has a default."""

    name: str
    hint: Any
    qualifier: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Provision:
    """How one type is made; itself the key of the thing. ``where`` names the code for people."""

    provides: Any
    source: Callable[..., Any]
    making: Making
    scope: Scope
    needs: tuple[Need, ...] = ()
    qualifier: str = ""
    plugin: str = ""
    where: str = ""
    generic: Registry | None = field(default=None, repr=False)


CALLER: Final = Provision(provides=Caller, source=Caller, making=Making.GIVEN, scope="call")
CALL_CONTEXT: Final = Provision(
    provides=CallContext, source=CallContext, making=Making.GIVEN, scope="call"
)

_KEY: Final = DependencyKey(Registry, "")


def provision_of(
    declaration: ProviderDeclaration, *, plugin: str, module: str, owner: type | None = None
) -> Provision:
    """Read the types of a provider; of a method of ``owner`` too, whose instance it needs.

    Raises :class:`TypeError` with a sentence for what can't be read.
    """
    source = declaration.source
    where = f"{module}.{name_of(source)}"
    if isinstance(source, staticmethod | classmethod):
        source = source.__get__(None, owner)
    readable = source
    if owner is not None and not isinstance(declaration.source, staticmethod | classmethod):
        readable = source.__get__(object.__new__(owner))
    factory = _factory(readable, declaration.provides, where)
    needs = _needs(readable, factory, where)
    if readable is not source:
        needs = (Need(next(iter(inspect.signature(source).parameters)), owner), *needs)
    making = _making(source, factory.type.name)
    provides = factory.provides.type_hint
    generic = None
    if getattr(provides, "__parameters__", ()):
        generic = Registry(factory.scope, has_fallback=False, container_key=_KEY)
        generic.add_factory(factory)
    return Provision(
        provides=provides,
        source=_generator_function(source) if "generator" in making.value else source,
        making=making,
        scope=declaration.scope,
        needs=needs,
        qualifier=declaration.qualifier,
        plugin=plugin,
        where=where,
        generic=generic,
    )


def specialised(provision: Provision, hint: Any) -> Provision | None:
    """The generic provision for ``hint``, a type with arguments, if it makes that."""
    if provision.generic is None:
        return None
    factory = provision.generic.get_factory(DependencyKey(hint, ""))
    if factory is None:
        return None
    hints = [key.type_hint for key in factory.dependencies]
    hints += [key.type_hint for key in factory.kw_dependencies.values()]
    own = provision.needs[len(provision.needs) - len(hints) :]
    before = provision.needs[: len(provision.needs) - len(hints)]
    needs = tuple(replace(need, hint=hint) for need, hint in zip(own, hints, strict=True))
    return replace(provision, provides=hint, needs=(*before, *needs), generic=None)


def needs_of(function: Callable[..., Any], *, marked_only: bool = True) -> tuple[Need, ...]:
    """The parameters of any function or class that are marked for injection, or all of them.

    Raises :class:`TypeError` where annotations can't be resolved.
    """
    target = inspect.unwrap(function)
    hinted = target.__init__ if inspect.isclass(target) else target
    try:
        hints = _hints(hinted)
    except TypeError:
        if marked_only and "Inject" not in str(getattr(hinted, "__annotations__", "")):
            return ()  # not ours to complain about
        raise
    needs = []
    for parameter in inspect.signature(target).parameters.values():
        hint = hints.get(parameter.name)
        marked = injection_of(hint)
        optional = parameter.default is not inspect.Parameter.empty
        if marked is not None:
            needs.append(Need(parameter.name, *marked, optional))
        elif not marked_only and hint is not None and parameter.kind in _NAMED:
            needs.append(Need(parameter.name, hint, "", optional))
    return tuple(needs)


def name_of(source: Any) -> str:
    """``Clock.now`` rather than ``<function …>``."""
    source = getattr(source, "__func__", source)
    return str(getattr(source, "__qualname__", None) or type(source).__qualname__)


_NAMED: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _factory(source: Any, provides: Any, where: str) -> Any:
    reader = Provider(scope=DishkaScope.APP)
    given = {} if provides is None else {"provides": provides}
    try:
        reader.provide(source, **given)
        (factory,) = reader.factories
    except (DishkaError, TypeError, ValueError, NameError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise TypeError(f"the provider {where} can't be read: {reason}") from error
    return factory.with_component("")


def _needs(source: Any, factory: Any, where: str) -> tuple[Need, ...]:
    """The parameters by name. Dishka knows their types, through generic base classes too; names,
    defaults and qualifiers are the signature's."""
    parameters = list(inspect.signature(source).parameters.values())
    hints = _hints(source.__init__ if inspect.isclass(source) else inspect.unwrap(source))
    types = {
        **dict(zip([each.name for each in parameters], factory.dependencies, strict=False)),
        **factory.kw_dependencies,
    }
    needs = []
    for parameter in parameters:
        if parameter.kind not in _NAMED:
            raise TypeError(
                f"the provider {where} takes '{parameter}', which can't be given by name"
            )
        marked = injection_of(hints.get(parameter.name))
        optional = parameter.default is not inspect.Parameter.empty
        hint = types[parameter.name].type_hint
        needs.append(Need(parameter.name, hint, marked[1] if marked else "", optional))
    return tuple(needs)


def _hints(function: Any) -> dict[str, Any]:
    if not hasattr(function, "__annotations__"):
        return {}
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception as error:
        raise TypeError(f"its annotations can't be resolved: {error}") from error


def _making(source: Any, kind: str) -> Making:
    if kind == "FACTORY":
        direct = inspect.isclass(source) or inspect.ismethod(source)
        return Making.DIRECT if direct else Making.PLAIN
    return {
        "ASYNC_FACTORY": Making.ASYNC,
        "GENERATOR": Making.GENERATOR,
        "ASYNC_GENERATOR": Making.ASYNC_GENERATOR,
    }[kind]


def _generator_function(source: Any) -> Any:
    """Below ``@contextmanager``, whose cleanup the hub does itself."""
    bound = getattr(source, "__self__", None)
    function = inspect.unwrap(getattr(source, "__func__", source))
    return function if bound is None else function.__get__(bound)
