"""The admin pages of services: those that plugins declare, that instances offer, or that are only
called."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.registry import links
from hub.registry.instances.circuit_pages import CircuitPages
from hub.registry.instances.service_list import listed
from hub.registry.instances.service_page import service_page
from hub.registry.models import Service
from hub.registry.rows_admin import toned
from hub.registry.statistics import recorder

_TONES: Final = {
    Service.Known.DECLARED: "plain",
    Service.Known.REGISTERED: "info",
    Service.Known.CALLED: "info",
}


def known_badge(row: Service) -> SafeString:
    return toned(row.known.value, _TONES.get(row.known, "quiet"))


class KnownFilter(admin.SimpleListFilter):
    """By the words of :attr:`Service.known`."""

    title = "how it is known"
    parameter_name = "known"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Service.Known.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        known = chosen in Service.Known.values
        return queryset.filter(Service.known_as(str(chosen))) if known else queryset


@admin.register(Service)
class ServiceAdmin(CircuitPages):
    page_template = "hub/registry/service.html"
    change_permission = "registry.change_service"
    list_display = ("title", "known", "instances", "versions", "traffic", "plugin_label")
    list_filter: ClassVar[list[Any]] = [KnownFilter, "plugin"]
    search_fields = ("name", "summary")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What is told beside the rows is read for all of a page at once."""
        found = super().get_changelist_instance(request)
        found.result_list = list(found.result_list)
        recorder.flush()
        told = listed([row.pk for row in found.result_list])
        for row in found.result_list:
            row.listed = told[row.pk]
        return found

    @display(description="service", ordering="name")
    def title(self, row: Service) -> SafeString:
        return format_html(
            '<span class="hub-name hub-id">{}</span><span class="hub-under">{}</span>',
            row.name,
            row.summary,
        )

    @display(description="known")
    def known(self, row: Service) -> SafeString:
        return known_badge(row)

    @display(description="instances")
    def instances(self, row: Any) -> SafeString | str:
        html: SafeString | str = row.listed.instances_html()
        return html

    @display(description="versions")
    def versions(self, row: Any) -> str:
        return str(row.listed.versions_text())

    @display(description="calls from here, last hour")
    def traffic(self, row: Any) -> SafeString | str:
        if row.listed.calls is None:
            return "-"
        return format_html("<span>{}</span>", row.listed.calls.html())  # one thing in a card

    @display(description="plugin", ordering="plugin")
    def plugin_label(self, row: Service) -> str:
        return row.plugin_id or "-"

    def shown(self, request: HttpRequest, row: Service) -> dict[str, Any]:
        return {
            "known": known_badge(row),
            "operations": list(row.operations.defer("input_schema", "output_schema", "examples")),
            "plugin_url": links.plugin_page(row.plugin_id) if row.plugin_id else "",
            **service_page(row),
            **self.reset_form(request, row),
        }
