"""What the list of services tells of each: who runs it, in which versions, and the calls to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Count
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hub.registry.instances.calls_to import CallsTo, calls_of_services
from hub.registry.instances.rows import InstanceService
from hub.registry.instances.service_running import version_order
from hub.registry.models import ServiceVersion
from hub.registry.rows_admin import badge

_NAMED: Final = 3  # versions


@dataclass(slots=True)
class Listed:
    """``statuses`` counts its instances, ``versions`` are those the code has and those that its
    instances say, in no order."""

    statuses: Counter[str] = field(default_factory=Counter)
    versions: set[str] = field(default_factory=set)
    calls: CallsTo | None = None

    def instances_html(self) -> SafeString | str:
        if not self.statuses:
            return "-"
        counted = format_html_join(
            " ",
            '<span class="hub-tally">{} {}</span>',
            (
                (badge(status), f"{count:,}")
                for status, count in sorted(self.statuses.items(), key=_most)
            ),
        )
        return format_html('<span class="hub-tallies">{}</span>', counted)

    def versions_text(self) -> str:
        """The highest first, as far as texts tell."""
        named = sorted(filter(None, self.versions), key=version_order, reverse=True)
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        return ", ".join(named[:_NAMED]) + more or "-"


def _most(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def listed(names: Collection[str]) -> Mapping[str, Listed]:
    """Of each of the services ``names``. Three queries."""
    found = {name: Listed() for name in names}
    offers = InstanceService.objects.filter(name__in=names).order_by()
    groups = offers.values_list("name", "instance__status", "instance__version")
    for name, status, version, count in groups.annotate(Count("pk")):
        found[name].statuses[status] += count
        found[name].versions.add(version)
    declared = ServiceVersion.objects.filter(service__in=names, present=True).order_by()
    for name, version in declared.values_list("service", "version"):
        found[name].versions.add(version)
    for name, calls in calls_of_services(names).items():
        found[name].calls = calls
    return found
