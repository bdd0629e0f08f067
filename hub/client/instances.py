"""Who runs a service, and where: the frozen values that registries give and take.

A registry is anything with the methods of :class:`Registry`: the hub's own over HTTP, one in
memory, a Consul. They are async; what follows a registry runs on a loop of its own
(hub/client/discovery), and callers read its snapshot without I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from hub.wire.errors import Conflict, NotFound

LEASE: Final = 30.0  # seconds without a renewal after which an instance is DOWN
RENEWAL: Final = 10.0  # seconds between renewals
LARGEST_WEIGHT: Final = 1000


def _none() -> Mapping[str, str]:
    return MappingProxyType({})


class InstanceStatus(StrEnum):
    """``UNKNOWN``: the lease is late. ``DRAINING``: it ends its calls and takes no new ones.
    ``OUT_OF_SERVICE``: an operator took it out; it goes on renewing."""

    UP = "UP"
    STARTING = "STARTING"
    DRAINING = "DRAINING"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    UNKNOWN = "UNKNOWN"
    DOWN = "DOWN"

    @property
    def takes_calls(self) -> bool:
        """A late lease is not a dead instance: calls go on until it is DOWN."""
        return self in _CALLABLE


_CALLABLE: Final = frozenset({InstanceStatus.UP, InstanceStatus.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a process says of itself. ``id`` is its own choice and the same after a restart;
    ``services`` are names; ``addresses`` are base URLs by channel; ``contracts`` are hashes of the
    interfaces by service; ``lease`` is in seconds."""

    id: str
    component: str
    services: tuple[str, ...]
    addresses: Mapping[str, str]
    version: str = ""
    weight: int = 100
    zone: str = ""
    metadata: Mapping[str, str] = field(default_factory=_none)
    contracts: Mapping[str, str] = field(default_factory=_none)
    lease: float = LEASE
    status: InstanceStatus = InstanceStatus.UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A claim to be alive. ``generation`` grows with each registration of the ``id``: an older
    process can't renew what a newer one holds. ``renew_in`` is in seconds."""

    id: str
    generation: int
    duration: float = LEASE
    renew_in: float = RENEWAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One running process of a component, as a registry tells of it."""

    id: str
    component: str
    services: tuple[str, ...]
    addresses: Mapping[str, str]
    version: str = ""
    status: InstanceStatus = InstanceStatus.UP
    weight: int = 100
    zone: str = ""
    metadata: Mapping[str, str] = field(default_factory=_none)
    contracts: Mapping[str, str] = field(default_factory=_none)
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is new since an index. ``reset``: ``instances`` are all there are, and what else is
    remembered is to be forgotten. Otherwise they are those that changed, as they are now, and
    ``removed`` the ids of those that went. ``protected`` names services of which fewer than half
    the instances are well, so that all of them are given."""

    index: int
    reset: bool
    instances: tuple[Instance, ...] = ()
    removed: tuple[str, ...] = ()
    protected: frozenset[str] = field(default_factory=frozenset)


class Registry(Protocol):
    """All methods raise :class:`hub.wire.errors.Unavailable` while the registry can't be reached.

    Instances of services that nobody asked for need not be told of: ``services`` narrows a watch,
    empty is all.
    """

    async def register(self, registration: Registration) -> Lease:
        """Join, or join anew in place of an older process with the same id."""

    async def renew(self, lease: Lease, *, status: InstanceStatus = InstanceStatus.UP) -> Lease:
        """Raises :class:`UnknownInstance` (register anew) and :class:`StaleLease` (another process
        took over: stop)."""

    async def deregister(self, lease: Lease) -> None:
        """Leave. What is not known any more, or was taken over, is left alone."""

    async def watch(
        self, index: int = 0, *, wait: float = 0.0, services: frozenset[str] = frozenset()
    ) -> Changes:
        """What changed after ``index``, as soon as something does, at the latest after ``wait``
        seconds. An index of 0, or one the registry does not know any more, gives a reset."""

    async def aclose(self) -> None: ...


class UnknownInstance(NotFound):
    """The registry does not know the lease (any more)."""

    default_code = "unknown_instance"


class StaleLease(Conflict):
    """A newer process holds the id."""

    default_code = "stale_lease"
