"""The admin pages of instances."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hub.registry import links
from hub.registry.clock import database_time
from hub.registry.instances import instance_page
from hub.registry.instances.calling_pages import CallingPages
from hub.registry.instances.calls_to import calls_to
from hub.registry.instances.entry_pages import EntryPages
from hub.registry.instances.list_filters import (
    ComponentFilter,
    ServiceFilter,
    SourceFilter,
    StatusFilter,
    ZoneFilter,
)
from hub.registry.instances.rows import Instance
from hub.registry.instances.showing import lease_age, status_badge
from hub.registry.instances.steering_pages import SteeringPages
from hub.registry.statistics import recorder

_SHOWN = 3  # services named in the list


@admin.register(Instance)
class InstanceAdmin(SteeringPages, CallingPages, EntryPages):
    icon = "dns"
    page_template = "hub/registry/instances/instance.html"
    change_permission = "registry.change_instance"
    list_display = (
        "title",
        "state",
        "claimed",
        "traffic",
        "weighs",
        "place",
        "reached_at",
        "told_by",
    )
    list_filter: ClassVar[list[Any]] = [
        StatusFilter,
        ServiceFilter,
        ComponentFilter,
        ZoneFilter,
        SourceFilter,
    ]
    list_filter_submit = True
    search_fields = ("id", "component", "version")
    # Only by id: with any other order a hundred thousand rows would be sorted for each page.
    sortable_by = ("title",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("claim")
        return rows.prefetch_related("addresses")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What is told beside the rows is read for all of a page at once."""
        found = super().get_changelist_instance(request)
        found.result_list = list(found.result_list)
        recorder.flush()
        now = database_time()
        calls = calls_to([row.pk for row in found.result_list])
        for row in found.result_list:
            row.now, row.calls = now, calls.get(row.pk)
        return found

    @display(description="instance", ordering="id")
    def title(self, row: Instance) -> SafeString:
        services = ", ".join(row.services[:_SHOWN])
        more = f" and {len(row.services) - _SHOWN} more" if len(row.services) > _SHOWN else ""
        return format_html(
            '<span class="hub-name hub-id">{}</span><span class="hub-under">{}{}</span>',
            row.pk,
            f"{row.component} {row.version}".strip(),
            f": {services}{more}" if services else "",
        )

    @display(description="status")
    def state(self, row: Instance) -> SafeString:
        return status_badge(row)

    @display(description="lease")
    def claimed(self, row: Any) -> SafeString | str:
        return lease_age(row, row.now).html()

    @display(description="calls, last hour")
    def traffic(self, row: Any) -> SafeString | str:
        if row.calls is None:
            return "-"
        return format_html("<span>{}</span>", row.calls.html())  # one thing, as in reached_at

    @display(description="weight")
    def weighs(self, row: Instance) -> SafeString | int:
        if row.operator_weight is None:
            return row.weight
        return format_html('{} <span class="hub-under">instead of {}</span>', *_weights(row))

    @display(description="zone")
    def place(self, row: Instance) -> str:
        return row.zone or "-"

    @display(description="addresses")
    def reached_at(self, row: Instance) -> SafeString:
        channels = format_html_join(
            " ",
            '<span class="hub-method" title="{}">{}</span>',
            ((each.url, each.channel) for each in row.addresses.all()),
        )
        return format_html("<span>{}</span>", channels)  # one thing, where a row is a card

    @display(description="source")
    def told_by(self, row: Instance) -> str:
        return str(row.get_source_display())

    def shown(self, request: HttpRequest, row: Instance) -> dict[str, Any]:
        may_change = self.has_change_permission(request, row)
        return {
            **instance_page.shown(row),
            **self.call_form(request, row),
            "may_change": may_change,
            "acts": self.acts_of(request),
            "steer_url": links.action_page("steer", row),
            "edit_url": self.edit_url(request, row),
        }


def _weights(row: Instance) -> tuple[int, int]:
    return row.weight, row.own_weight
