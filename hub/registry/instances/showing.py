"""How instances are shown: their statuses in colours, the age of their leases in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.client.instances import InstanceStatus
from hub.registry import links
from hub.registry.instances.rows import Instance, InstanceLease
from hub.registry.rows_admin import badge
from hub.registry.templatetags.hub_registry import age

# What a status means for those who call, in a few words.
MEANINGS = {
    InstanceStatus.UP: "takes calls",
    InstanceStatus.STARTING: "not ready yet",
    InstanceStatus.DRAINING: "ends its calls, takes no new ones",
    InstanceStatus.OUT_OF_SERVICE: "nobody calls it",
    InstanceStatus.UNKNOWN: "its lease is late, calls go on",
    InstanceStatus.DOWN: "its lease is over",
}


@dataclass(frozen=True, slots=True)
class LeaseAge:
    """``tone`` is empty, ``warning`` or ``bad``."""

    text: str
    tone: str = ""

    def html(self) -> SafeString:
        return format_html('<span class="hub-{}">{}</span>', self.tone or "age", self.text)


@dataclass(frozen=True, slots=True)
class Shown:
    """An instance as a line of a list on another page."""

    row: Instance
    url: str
    status: SafeString
    lease: SafeString
    addresses: tuple[tuple[str, tuple[str, ...]], ...]
    """Each URL, and the channels that are reached there."""


def status_badge(row: Instance) -> SafeString:
    return badge(row.status)


def lease_age(row: Instance, now: float) -> LeaseAge:
    """``now`` is by the database's clock; the row's ``claim`` was selected with it."""
    claim: InstanceLease | None = getattr(row, "claim", None)
    if claim is None:
        return LeaseAge("no lease")
    silent = age(now - claim.renewed_at)
    match claim.state:
        case InstanceLease.State.OVER:
            since = claim.expires_at if row.down_since is None else row.down_since
            return LeaseAge(f"over for {age(now - since)}", "bad")
        case InstanceLease.State.LATE:
            return LeaseAge(f"late: renewed {silent} ago", "warning")
        case _:
            return LeaseAge(f"renewed {silent} ago")


def shown(row: Instance, now: float) -> Shown:
    """Its addresses must have been fetched with it."""
    return Shown(
        row=row,
        url=links.page_of(row),
        status=status_badge(row),
        lease=lease_age(row, now).html(),
        addresses=_by_url(row),
    )


def _by_url(row: Instance) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for each in row.addresses.all():
        found.setdefault(each.url, []).append(each.channel)
    return tuple((url, tuple(channels)) for url, channels in found.items())
