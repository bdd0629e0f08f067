"""What is asked at ``/v1/catalog`` and ``/v1/health``, as queries. Reading does database I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hub.registry.consul import catalog, documents
from hub.registry.consul.blocking import Query
from hub.registry.consul.definitions import Health
from hub.registry.consul.node import node
from hub.registry.consul.records import ServiceRecord
from hub.registry.consul.requests import Request
from hub.wire.errors import BadRequest

ANY: Final = "any"

Services = frozenset[str]


def services(request: Request) -> Query:
    """``catalog/services``."""
    return Query("services", _names, _all)


def nodes(request: Request) -> Query:
    return Query("nodes", lambda: [documents.catalog_node(node())], _all)


def catalog_service(request: Request) -> Query:
    name, tags = request.names[0], frozenset(request.tags)

    def read() -> Any:
        found = _tagged(catalog.named(name), tags)
        return [documents.catalog_service(record, node=node()) for record in found]

    return Query(_key("service", name, tags), read, _of(name))


def health_service(request: Request) -> Query:
    """``health/service/<name>``. ``passing`` means what it says in Consul: of a service that the
    registry protects, too, those that are not well are left out."""
    name, tags, passing = request.names[0], frozenset(request.tags), request.flag("passing")

    def read() -> Any:
        found = _tagged(catalog.named(name), tags)
        if passing:
            found = [record for record in found if record.health is Health.PASSING]
        return [documents.health_service(record, node=node()) for record in found]

    return Query(_key(f"health {passing}", name, tags), read, _of(name))


def health_checks(request: Request) -> Query:
    name = request.names[0]

    def read() -> Any:
        found = catalog.named(name)
        return [each for one in found for each in documents.health_checks(one, node=node())]

    return Query(_key("checks", name), read, _of(name))


def health_node(request: Request) -> Query:
    known = request.names[0] in {node().name, node().id}

    def read() -> Any:
        return _all_checks() if known else []

    return Query(_key("node", request.names[0]), read, _all)


def health_state(request: Request) -> Query:
    state = request.names[0]
    if state not in {ANY, *Health}:
        raise BadRequest("The states are any, passing, warning and critical")

    def read() -> Any:
        return [each for each in _all_checks() if state in {ANY, each["Status"]}]

    return Query(_key("state", state), read, _all)


def _names() -> Any:
    """The hub itself is there as ``consul``, as each server is."""
    found = {"consul": set(), **catalog.names_with_tags()}
    return {name: sorted(tags) for name, tags in sorted(found.items())}


def _all_checks() -> list[Any]:
    found = [documents.serf_check(node())]
    for record in catalog.everything():
        found += documents.health_checks(record, node=node())
    return found


def _tagged(records: list[ServiceRecord], tags: frozenset[str]) -> list[ServiceRecord]:
    return [record for record in records if tags <= set(record.tags or ())]


def _of(name: str) -> Callable[[], Services]:
    """A component's name is found by looking at all changes: which services it has may change."""
    return lambda: frozenset({name}) if catalog.is_service(name) else frozenset()


def _all() -> Services:
    return frozenset()


def _key(what: str, name: str, tags: frozenset[str] = frozenset()) -> str:
    return repr((what, name, sorted(tags)))
