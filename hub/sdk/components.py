"""``@component``: a unit of deployment, which bundles services and has a life of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from inspect import cleandoc
from typing import Any, Final, TypeVar

from hub.sdk.health import Health, Status
from hub.sdk.names import declared_name, told
from hub.sdk.services import service_declaration_of

C = TypeVar("C", bound=type)

ATTRIBUTE: Final = "__hub_component__"
CHANNELS: Final = ("dispatch-msgpack", "dispatch-json", "dispatch-protobuf", "rest", "stream")


class ComponentState(StrEnum):
    """``VIRGIN``: not started yet. ``DRAINING``: calls under way are awaited, then it stops."""

    VIRGIN = "VIRGIN"
    RUNNING = "RUNNING"
    DRAINING = "DRAINING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


class Component:
    """The base of components. All three methods may be plain or async; the parameters of the
    constructor are injected by type. None of them is reachable from outside."""

    _hub_state: ComponentState = ComponentState.VIRGIN

    @property
    def state(self) -> ComponentState:
        """What the component does in this process."""
        return self._hub_state

    def startup(self) -> Awaitable[None] | None:
        """Called in each process that serves, after the plugin's lifespan has started and before
        its services are called. What it raises makes the component ``FAILED``."""
        return None

    def shutdown(self) -> Awaitable[None] | None:
        """Called when no call of its services is under way any more."""
        return None

    def get_health(self) -> Awaitable[Health | Status | None] | Health | Status | None:
        """A health check of the plugin, asked while the component runs: ``None`` is UP."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentDeclaration:
    """``services`` are interface classes; an empty ``version`` is the plugin's."""

    component: type[Component]
    name: str
    description: str
    services: tuple[type, ...]
    channels: tuple[str, ...]
    version: str


def component(
    *,
    services: Sequence[type] = (),
    channels: Sequence[str] = CHANNELS,
    version: str = "",
    name: str | None = None,
) -> Callable[[C], C]:
    """Declare a subclass of :class:`Component` as one of its plugin.

    ``services`` are the interface classes it bundles, ``channels`` the names of the transports
    that expose them, in the order in which callers prefer them. ``name`` is unique in the hub, by
    default made of the class's; the one that has its plugin's label bundles the plugin's actions
    too. Raises :class:`TypeError`.
    """
    for each in _sequence("services", services):
        if service_declaration_of(each) is None:
            raise TypeError(f"services= takes classes marked @service, not {told(each)}.")
    for channel in _sequence("channels", channels):
        if not isinstance(channel, str) or not channel:
            raise TypeError(f"channels= takes names such as 'rest', not {channel!r}.")
    if not isinstance(version, str):
        raise TypeError(f"version= is a text such as '1.2', not {version!r}.")

    def declare(owner: C) -> C:
        if not isinstance(owner, type) or not issubclass(owner, Component):
            raise TypeError(f"@component stands above a subclass of Component, not {told(owner)}.")
        declaration = ComponentDeclaration(
            component=owner,
            name=declared_name(owner, name, what="component"),
            description=cleandoc(owner.__doc__ or ""),
            services=tuple(dict.fromkeys(services)),
            channels=tuple(dict.fromkeys(channels)),
            version=version,
        )
        setattr(owner, ATTRIBUTE, declaration)
        return owner

    return declare


def component_declaration_of(value: object) -> ComponentDeclaration | None:
    found = vars(value).get(ATTRIBUTE) if isinstance(value, type) else None
    return found if isinstance(found, ComponentDeclaration) else None


def _sequence(what: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{what}= takes a tuple, not {value!r}.")
    return value
