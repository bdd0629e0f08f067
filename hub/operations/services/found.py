"""Which implementation a service has in this hub, and under which names its operations go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.client.discovery.snapshot import is_version
from hub.loader.catalog import Catalog
from hub.loader.once import once
from hub.loader.services.entries import COMPONENT, IMPLEMENTATION, SERVICE, ImplementationEntry
from hub.operations.engine import engine
from hub.sdk.services import service_declaration_of
from hub.wire.errors import NotFound, Unavailable

Place = tuple[type, str]


@dataclass(frozen=True, slots=True)
class FoundService:
    """``operations`` are the names of the hub's operations, by method."""

    name: str
    operations: Mapping[str, str]


class FoundServices:
    """The services of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._known = {
            entry.value.declaration.interface
            for plugin in catalog.loaded()
            for entry in plugin.contributed(SERVICE)
        }
        self._implemented: dict[Place, FoundService] = {
            _place(entry.value): FoundService(
                entry.value.service.name,
                {each.name: f"{plugin.label}.{name}" for name, each in entry.value.methods()},
            )
            for plugin in catalog.loaded()
            for entry in plugin.contributed(IMPLEMENTATION)
        }

        self._versions = {
            interface: entry.value.declaration.version or plugin.version
            for plugin in catalog.loaded()
            for entry in plugin.contributed(COMPONENT)
            for interface in entry.value.declaration.services
        }

    def is_here(self, interface: type, qualifier: str, *, version: str = "") -> bool:
        """Whether it is implemented here, in a component of such a version: a PEP 440 specifier.
        Raises :class:`ValueError` for one that is none."""
        if (interface, qualifier) not in self._implemented:
            return False
        return not version or is_version(self._versions.get(interface, ""), version)

    def find(self, interface: type, qualifier: str) -> FoundService:
        """Raises :class:`TypeError`, :class:`NotFound` or :class:`Unavailable` with a sentence."""
        found = self._implemented.get((interface, qualifier))
        if found is not None:
            return found
        declaration = service_declaration_of(interface)
        if declaration is None:
            name = getattr(interface, "__qualname__", None) or repr(interface)
            raise TypeError(f"{name} is no service: get_service takes a class marked @service.")
        name = declaration.name
        if interface not in self._known:
            raise NotFound(
                f"The service '{name}' is not in this hub: no services.py of a plugin that runs "
                f"declares {interface.__qualname__}.",
                code="unknown_service",
            )
        others = [each for owner, each in self._implemented if owner is interface]
        if others:
            known = ", ".join(repr(each) if each else "none" for each in sorted(others))
            asked = f"with the qualifier '{qualifier}'" if qualifier else "without a qualifier"
            raise NotFound(
                f"The service '{name}' has no implementation {asked}; there is: {known}.",
                code="unknown_qualifier",
            )
        raise Unavailable(f"Nothing implements the service '{name}' here.", code="no_instance")


@once
def found_services() -> FoundServices:
    """The services of this process."""
    return FoundServices(engine().catalog)


def _place(entry: ImplementationEntry) -> Place:
    return entry.declaration.interface, entry.declaration.qualifier
