"""What the instances of a service say of it: the components they are of, and its versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from hub.registry.instances.rows import Instance, Source
from hub.registry.models import Service, ServiceVersion


@dataclass(frozen=True, slots=True)
class Release:
    """A version of the service with one contract, a hash, which may be empty: ``instances`` run it,
    and the code has it (``row``), has had it, or has not."""

    version: str
    contract: str
    instances: int
    row: ServiceVersion | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """``sources`` says in words who told of the instances."""

    components: list[str]
    sources: list[str]
    releases: list[Release]


def running(row: Service, instances: QuerySet[Instance]) -> Running:
    """Two queries, and as many groups as there are different releases."""
    groups = instances.order_by().values_list("component", "source", "version", "contracts")
    components, sources = set(), set()
    counts: Counter[tuple[str, str]] = Counter()
    for component, source, version, contracts, count in groups.annotate(Count("pk")):
        components.add(component)
        sources.add(str(Source(source).label))
        counts[version, contracts.get(row.pk, "")] += count
    declared = list(row.versions.defer("methods"))
    return Running(sorted(components), sorted(sources), _releases(declared, counts))


def _releases(
    declared: Iterable[ServiceVersion], counts: Counter[tuple[str, str]]
) -> list[Release]:
    """Those of the code, the newest first, then those of instances only."""
    known = {(each.version, each.contract): each for each in declared}
    of_code = [Release(*key, counts[key], row) for key, row in known.items()]
    others = sorted(
        counts.keys() - known.keys(), key=lambda key: (version_order(key[0]), key[1]), reverse=True
    )
    return [*of_code, *(Release(*key, counts[key]) for key in others)]


def version_order(version: str) -> list[tuple[int, str]]:
    """So that 1.10 comes after 1.9."""
    return [
        (int(part) if part.isascii() and part.isdigit() else -1, part)
        for part in version.replace("-", ".").split(".")
    ]
