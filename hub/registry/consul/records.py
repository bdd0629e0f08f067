"""What Consul's documents are made of: services and their checks as the registry knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.registry.consul.definitions import Health, worst_of

SERF: str = "serfHealth"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """Times are in seconds; ``kind`` is Consul's word, empty for what the hub itself tells."""

    id: str
    name: str
    status: Health
    kind: str = ""
    notes: str = ""
    output: str = ""
    interval: float = 0.0
    timeout: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRecord:
    """An instance under one of the names it is found by. Indexes are those of the change log."""

    id: str
    name: str
    address: str
    port: int
    tags: tuple[str, ...] | None
    meta: Mapping[str, str]
    tagged_addresses: Mapping[str, tuple[str, int]]
    passing_weight: int
    warning_weight: int
    enable_tag_override: bool
    checks: tuple[CheckRecord, ...]
    created: int = 1

    @property
    def health(self) -> Health:
        return worst_of([check.status for check in self.checks])


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRecord:
    """The hub, as the one node that all services are registered at."""

    id: str
    name: str
    address: str
    datacenter: str
    version: str
