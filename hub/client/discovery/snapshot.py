"""Who runs which service, as it was known at one moment: read from any thread, without I/O."""

from __future__ import annotations

import functools
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from hub.client.instances import Instance, InstanceStatus

ANY_CHANNEL: Final[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address of an instance. ``key`` is the same as long as the same process is there: a
    process that takes the place of another begins with a clean record."""

    instance: str
    channel: str
    url: str
    key: str
    weight: int = 100
    zone: str = ""


class Resolving(Protocol):
    """What knows endpoints. :class:`Snapshot` does, and a fixed address without a registry."""

    def resolve(
        self,
        service: str,
        channels: tuple[str, ...] = ANY_CHANNEL,
        *,
        carried_by: Container[str] | None = None,
        version: str = "",
        zone: str = "",
    ) -> tuple[Endpoint, ...]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The instances of one service. ``protected``: too few are well, so that all are used."""

    instances: Mapping[str, Instance] = field(default_factory=dict)
    protected: bool = False
    _resolved: dict[object, tuple[Endpoint, ...]] = field(default_factory=dict)

    def resolve(
        self,
        channels: tuple[str, ...],
        carried_by: Container[str] | None,
        version: str,
        zone: str,
    ) -> tuple[Endpoint, ...]:
        key = (channels, carried_by, version, zone)
        found = self._resolved.get(key)
        if found is None:
            # Two threads may both work it out; the first answer stays, so that what others
            # remember for a tuple goes on counting.
            made = tuple(self._endpoints(channels, carried_by, version, zone))
            found = self._resolved.setdefault(key, made)
        return found

    def _endpoints(
        self,
        channels: tuple[str, ...],
        carried_by: Container[str] | None,
        version: str,
        zone: str,
    ) -> list[Endpoint]:
        found = []
        for each in self._callable():
            if (zone and each.zone != zone) or not is_version(each.version, version):
                continue
            channel = _channel(each, channels, carried_by)
            if channel:
                found.append(_endpoint(each, channel))
        return found

    def _callable(self) -> list[Instance]:
        """Those that take calls. Where too few are well, or none is, the registry's view counts
        less than a try; what an operator took out, or what is not ready, stays out."""
        well = [each for each in self.instances.values() if each.status.takes_calls]
        if well and not self.protected:
            return well
        return [
            each
            for each in self.instances.values()
            if each.status.takes_calls or each.status is InstanceStatus.DOWN
        ]


class Snapshot:
    """``services`` by name; ``index`` is the registry's. ``stale``: the registry could not be
    reached since, or this process is a fork and has not asked it yet, so that it may be out of
    date."""

    __slots__ = ("index", "services", "stale")

    def __init__(
        self, services: Mapping[str, Standing], *, index: int = 0, stale: bool = False
    ) -> None:
        self.services = services
        self.index = index
        self.stale = stale

    def resolve(
        self,
        service: str,
        channels: tuple[str, ...] = ANY_CHANNEL,
        *,
        carried_by: Container[str] | None = None,
        version: str = "",
        zone: str = "",
    ) -> tuple[Endpoint, ...]:
        """One endpoint for each instance that takes calls, by the first of ``channels`` that it
        has; without any named, by the first that the instance itself announces.

        ``carried_by`` holds the channels that can carry the call (``None``: all can) and is
        hashable, ``version`` is
        a PEP 440 specifier for the instance's version, and ``zone`` narrows to one. The same
        tuple is given again until the service changes. Raises :class:`ValueError` for a
        ``version`` that is none.
        """
        standing = self.services.get(service)
        if standing is None:
            return ()
        return standing.resolve(channels, carried_by, version, zone)

    def __repr__(self) -> str:
        return f"<snapshot {self.index} of {len(self.services)} services>"


NOTHING: Final = Snapshot({})


class FixedAddresses:
    """Addresses that no registry tells of: by channel, the same for every service."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        instance = Instance(id="", component="", services=(), addresses=dict(addresses))
        self._standing = Standing({"": instance})

    def resolve(
        self,
        service: str,
        channels: tuple[str, ...] = ANY_CHANNEL,
        *,
        carried_by: Container[str] | None = None,
        version: str = "",
        zone: str = "",
    ) -> tuple[Endpoint, ...]:
        """The one endpoint, whatever ``version`` and ``zone`` are asked for: nothing is known of
        them."""
        return self._standing.resolve(channels, carried_by, "", "")


def is_version(version: str, specifier: str) -> bool:
    """Whether ``version`` meets a specifier such as ``>=1.2,<2``; ``1.2`` alone means ``==1.2``.
    What is no version meets only the empty specifier."""
    wanted = specifiers(specifier)
    try:
        return not specifier or wanted.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


@functools.lru_cache(maxsize=256)
def specifiers(specifier: str) -> SpecifierSet:
    """Raises :class:`ValueError` with a sentence."""
    text = specifier.strip()
    try:
        return SpecifierSet(f"=={text}" if text[:1].isalnum() else text)
    except InvalidSpecifier:
        raise ValueError(
            f"'{specifier}' is no version specifier: write '>=1.2,<2' or '1.2'."
        ) from None


def _channel(
    instance: Instance, channels: tuple[str, ...], carried_by: Container[str] | None
) -> str:
    for each in channels or instance.addresses:
        if each in instance.addresses and (carried_by is None or each in carried_by):
            return each
    return ""


def _endpoint(instance: Instance, channel: str) -> Endpoint:
    url = instance.addresses[channel]
    return Endpoint(
        instance=instance.id,
        channel=channel,
        url=url,
        key=f"{url} {instance.generation}",
        weight=instance.weight,
        zone=instance.zone,
    )
