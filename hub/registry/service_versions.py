"""What each service promises, in each version of it that was ever seen."""

from __future__ import annotations

from collections.abc import Iterator

from hub.operations.engine import Engine
from hub.operations.services.exposed import ExposedService, ExposedServices
from hub.registry.declared import Rows, Values, component_rows
from hub.wire.contracts import contract_hash, method_schemas

_LONGEST = 199


def version_rows(engine: Engine) -> Rows:
    """Rows of the versions that the code has now, by ``<service>@<version>``."""
    versions = {name: row["version"] for name, row in component_rows(engine).items()}
    return dict(_rows(engine, versions))


def _rows(engine: Engine, versions: dict[str, str]) -> Iterator[tuple[str, Values]]:
    for service in ExposedServices(engine.catalog, engine.operations).by_name.values():
        plugin = engine.catalog.plugins[service.plugin]
        version = (versions.get(service.component) or plugin.version)[:_LONGEST]
        yield f"{service.name}@{version}", _row(service, version)


def _row(service: ExposedService, version: str) -> Values:
    schemas = method_schemas(service.types())
    return {
        "service_id": service.name,
        "version": version,
        "contract": contract_hash(schemas),
        "methods": schemas,
    }
