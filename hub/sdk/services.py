"""``@service``, ``@implementation``: interfaces that are called by their type, wherever they run.

The decorators only leave a frozen record on the class and return the class itself. A method of a
service becomes an operation like an action: the same rules decide who may call it, its arguments
are validated, its deadline holds, and its triggers make it reachable.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Final, TypeVar, overload

from hub.sdk.access import Access, authenticated
from hub.sdk.actions import (
    ActionDeclaration,
    Example,
    action,
    declaration_of,
    declared_exceptions,
)
from hub.sdk.caching import CachePolicy
from hub.sdk.names import declared_name, is_name, told
from hub.sdk.triggers import Trigger, triggers_of

T = TypeVar("T")
C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])

SERVICE: Final = "__hub_service__"
IMPLEMENTATION: Final = "__hub_implementation__"
METHOD: Final = "__hub_method__"


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodMark:
    """What ``@method`` says of a method; ``None`` takes the service's."""

    triggers: tuple[Trigger, ...]
    access: Access | None
    timeout: float | None
    examples: tuple[Example, ...]
    description: str | None
    cache: CachePolicy | None
    idempotent: bool | None
    raises: tuple[type[Exception], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDeclaration:
    """``path`` is below the plugin's prefix and stands before the methods' own paths. The
    functions of ``methods`` are the interface's, with ``self``. ``forwards_token``: calls from
    within a call carry its caller's token. ``raises``: the exceptions that any of the methods
    declares, which travel as their class."""

    interface: type
    name: str
    description: str
    path: str
    methods: tuple[ActionDeclaration, ...]
    forwards_token: bool = False
    raises: tuple[type[Exception], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplementationDeclaration:
    """``qualifier`` tells apart several implementations of one interface; the one without is
    what callers get who name none."""

    implementation: type
    interface: type
    qualifier: str


def method(
    *triggers: Trigger,
    access: Access | None = None,
    timeout: float | None = None,
    examples: Sequence[Example] = (),
    description: str | None = None,
    cache: CachePolicy | None = None,
    idempotent: bool | None = None,
    raises: Sequence[type[Exception]] = (),
) -> Callable[[F], F]:
    """Say more of a method of a ``@service`` class, as ``@action`` does of a function.

    ``access`` and ``timeout`` default to the service's, and ``raises`` joins what that declares.
    Methods without it are operations too.
    """
    _judged(*triggers, access=access, timeout=timeout, examples=examples, cache=cache)
    declared = declared_exceptions(raises)
    mark = MethodMark(
        triggers=tuple(triggers),
        access=access,
        timeout=timeout,
        examples=tuple(examples),
        description=description,
        cache=cache,
        idempotent=idempotent,
        raises=declared,
    )

    def declare(function: F) -> F:
        setattr(function, METHOD, mark)
        return function

    return declare


@overload
def service(interface: C, /) -> C: ...


@overload
def service(
    *,
    name: str | None = None,
    path: str | None = None,
    access: Access = authenticated,
    timeout: float | None = None,
    description: str | None = None,
    forwards_token: bool = False,
    raises: Sequence[type[Exception]] = (),
) -> Callable[[C], C]: ...


def service(
    interface: Any = None,
    /,
    *,
    name: str | None = None,
    path: str | None = None,
    access: Access = authenticated,
    timeout: float | None = None,
    description: str | None = None,
    forwards_token: bool = False,
    raises: Sequence[type[Exception]] = (),
) -> Any:
    """Declare a class as the interface of a service: its public methods, plain or async, are what
    can be called. Their bodies are those of an ``@implementation``.

    ``name`` is unique in the hub, by default made of the class's: ``ItemStore`` is ``item_store``.
    Below the plugin's own prefix, ``path`` (by default the name) stands before the paths of
    methods. ``access`` and ``timeout`` count for methods that do not say their own. With
    ``forwards_token`` a call from within another is made with that caller's token, where the
    service is in another process. ``raises`` names exceptions of its methods that callers get as
    the same class, wherever they are; of others that are no :class:`HubError` they learn nothing.
    Raises :class:`TypeError` for a class that can't be a service.
    """
    _judged(access=access, timeout=timeout)
    declared = declared_exceptions(raises)

    def declare(owner: C) -> C:
        _refuse_unless_class(owner, "@service")
        own = declared_name(owner, name, what="service")
        methods = tuple(
            _method(each, access=access, timeout=timeout, raises=declared)
            for each in _public_methods(owner)
        )
        if not methods:
            raise TypeError(f"The service {owner.__name__} has no public method.")
        declaration = ServiceDeclaration(
            interface=owner,
            name=own,
            description=_text(owner.__doc__ if description is None else description),
            path=f"/{own.replace('_', '-')}" if path is None else f"/{path.strip('/')}",
            methods=methods,
            forwards_token=forwards_token,
            raises=tuple(dict.fromkeys(kind for each in methods for kind in each.raises)),
        )
        setattr(owner, SERVICE, declaration)
        return owner

    return declare if interface is None else declare(interface)


def implementation(interface: type, *, qualifier: str = "") -> Callable[[C], C]:
    """Declare a class as what does the work of the service ``interface``, whose subclass it is.

    It is made once a process, by its constructor, whose parameters are injected by type. Where
    there are several in a hub, all but one have a ``qualifier``. Raises :class:`TypeError`.
    """
    if service_declaration_of(interface) is None:
        raise TypeError(
            f"@implementation takes a class marked @service, not {told(interface)}: "
            "write @implementation(Inventory)."
        )
    if qualifier and not is_name(qualifier):
        raise ValueError(f"qualifier= is a word such as 'fast', not {qualifier!r}.")

    def declare(owner: C) -> C:
        _refuse_unless_class(owner, "@implementation")
        if owner is interface or not issubclass(owner, interface):
            raise TypeError(
                f"{owner.__name__} implements {interface.__name__}, so it must be a subclass: "
                f"class {owner.__name__}({interface.__name__})."
            )
        if IMPLEMENTATION in vars(owner):
            raise TypeError(f"{owner.__name__} implements a service already, and can't do two.")
        declaration = ImplementationDeclaration(
            implementation=owner, interface=interface, qualifier=qualifier
        )
        setattr(owner, IMPLEMENTATION, declaration)
        return owner

    return declare


def get_service(
    interface: type[T],
    *,
    qualifier: str = "",
    channel: str = "",
    timeout: float | None = None,
    version: str = "",
    choose: str | Callable[[], Any] = "",
) -> T:
    """The service of this interface, to be called like an object of it.

    What is implemented in this process is called here: as one of the caller on whose behalf this
    code runs, outside of any call the hub itself. Otherwise, or where ``channel`` names one
    (``dispatch-msgpack``; ``local`` is here), an instance that the registry knows is called, with
    the hub's own token, or the caller's where the service says ``forwards_token``.

    Either way access is decided, arguments are validated, and what is left of the running call's
    deadline counts, or ``timeout`` in seconds where it is shorter. ``version`` is a specifier such
    as ``>=1.2,<2`` for the component's version, ``choose`` says how one of several instances is
    chosen (``round_robin``, ``sticky:sku`` …). Sync methods wait, so async code calls them in a
    thread (:func:`asyncio.to_thread`).

    Finding takes no I/O; the first call of a service waits for the registry. Raises
    :class:`TypeError` for a class that is no service, :class:`ValueError` for a version or a way
    to choose that is none, and a :class:`hub.sdk.HubError` for an unknown channel; without a
    registry :class:`hub.sdk.NotFound` or :class:`hub.sdk.Unavailable` for what is not here.
    """
    found: T = _connected()(
        interface, qualifier, channel=channel, timeout=timeout, version=version, choose=choose
    )
    return found


def service_declaration_of(value: object) -> ServiceDeclaration | None:
    """The record ``@service`` left on the class itself, not on a base class of it."""
    found = vars(value).get(SERVICE) if isinstance(value, type) else None
    return found if isinstance(found, ServiceDeclaration) else None


def implementation_declaration_of(value: object) -> ImplementationDeclaration | None:
    found = vars(value).get(IMPLEMENTATION) if isinstance(value, type) else None
    return found if isinstance(found, ImplementationDeclaration) else None


def has_marks(function: object) -> bool:
    """Whether a function says of itself what only a service's interface says."""
    return hasattr(function, METHOD) or bool(triggers_of(function))


_find: Callable[..., Any] | None = None


def connect(find: Callable[..., Any]) -> None:
    """Name what finds services; it lives above. Called once, at start."""
    global _find
    _find = find


def _connected() -> Callable[..., Any]:
    if _find is None:
        raise RuntimeError("Services are found when Django's apps are ready: call django.setup().")
    return _find


def _public_methods(owner: type) -> Iterator[Any]:
    """The functions that can be called, those of base classes first."""
    found: dict[str, Any] = {}
    for each in reversed(owner.__mro__[:-1]):
        if each.__module__ in {"typing", "typing_extensions", "abc"}:
            continue
        for name, value in vars(each).items():
            if not name.startswith("_"):
                found[name] = value
    for name, value in found.items():
        if isinstance(value, property | classmethod | staticmethod):
            kind = type(value).__name__
            raise TypeError(
                f"{owner.__name__}.{name} is a {kind}: the public attributes of a service that "
                "can be called are methods; begin the name with an underscore to keep it to itself."
            )
        if inspect.isfunction(value):
            yield value


def _method(
    function: Any,
    *,
    access: Access,
    timeout: float | None,
    raises: tuple[type[Exception], ...],
) -> ActionDeclaration:
    if declaration_of(function) is not None:
        raise TypeError(f"Write @method(…), not @action(…), on {function.__qualname__}.")
    mark = getattr(function, METHOD, _NO_MARK)
    return ActionDeclaration(
        function=function,
        name=function.__name__,
        description=_text(function.__doc__ if mark.description is None else mark.description),
        triggers=(*triggers_of(function), *mark.triggers),
        access=access if mark.access is None else mark.access,
        timeout=timeout if mark.timeout is None else mark.timeout,
        examples=mark.examples,
        cache=mark.cache,
        idempotent=mark.idempotent,
        raises=tuple(dict.fromkeys((*raises, *mark.raises))),
    )


_NO_MARK: Final = MethodMark(
    triggers=(),
    access=None,
    timeout=None,
    examples=(),
    description=None,
    cache=None,
    idempotent=None,
    raises=(),
)


def _judged(
    *triggers: Trigger,
    access: Access | None = None,
    timeout: float | None = None,
    examples: Sequence[Example] = (),
    cache: CachePolicy | None = None,
) -> None:
    """What is wrong with the arguments of an action is wrong with those of a method."""
    action(
        *triggers,
        access=authenticated if access is None else access,
        timeout=timeout,
        examples=examples,
        cache=cache,
    )


def _refuse_unless_class(value: object, what: str) -> None:
    if not isinstance(value, type):
        raise TypeError(f"{what} stands above a class, not above {told(value)}.")


def _text(text: str | None) -> str:
    return cleandoc(text) if text else ""
