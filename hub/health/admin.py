"""The admin pages of checks."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.health.models import Check
from hub.health.runner import check_now
from hub.health.switching import pause
from hub.registry import links
from hub.registry.rows_admin import RowsAdmin, badge
from hub.registry.templatetags.hub_registry import duration

_CHANGES_SHOWN = 50
_OUTPUT_SHOWN = 120


@admin.register(Check)
class CheckAdmin(RowsAdmin):
    page_template = "hub/health/check.html"
    change_permission = "health.change_check"
    list_display = ("title", "state", "in_state_since", "found", "took", "plugin_label")
    list_filter = ("status", "critical", "paused", "plugin", "present")
    search_fields = ("name", "description", "output")

    @display(description="check", ordering="name")
    def title(self, check: Check) -> SafeString:
        return format_html(
            '<span class="hub-name">{}</span><span class="hub-under">{}</span>',
            check.name,
            check.description.partition("\n")[0],
        )

    @display(description="status", ordering="status")
    def state(self, check: Check) -> SafeString:
        return badge(check.word_at(timezone.now()))

    @display(description="since", ordering="since")
    def in_state_since(self, check: Check) -> str:
        return "-" if check.last_run_at is None else f"{check.since:%Y-%m-%d %H:%M:%S}"

    @display(description="last output")
    def found(self, check: Check) -> str:
        first = check.output.partition("\n")[0]
        return first if len(first) <= _OUTPUT_SHOWN else f"{first[:_OUTPUT_SHOWN]}…"

    @display(description="duration", ordering="duration")
    def took(self, check: Check) -> str:
        return duration(check.duration)

    @display(description="plugin", ordering="plugin")
    def plugin_label(self, check: Check) -> str:
        return check.plugin_id

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("plugin")

    def get_urls(self) -> list[URLPattern]:
        run = self.admin_site.admin_view(self.run_view)
        switch = self.admin_site.admin_view(self.pause_view)
        return [
            path("<path:object_id>/run/", run, name="health_check_run"),
            path("<path:object_id>/pause/", switch, name="health_check_pause"),
            *super().get_urls(),
        ]

    def shown(self, request: HttpRequest, row: Check) -> dict[str, Any]:
        return {
            "status": badge(row.word_at(timezone.now())),
            "off": row.word_at(timezone.now()) == "off",
            "may_change": self.has_change_permission(request, row),
            "changes": [
                (badge(change.from_status), badge(change.to_status), change)
                for change in row.changes.all()[:_CHANGES_SHOWN]
            ],
            "plugin_url": links.plugin_page(row.plugin_id),
            "run_url": links.action_page("run", row),
            "pause_url": links.action_page("pause", row),
        }

    def run_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Check now. POST only; takes the check's deadline at most."""

        def run(check: Check) -> None:
            outcome = check_now(check.name)
            messages.info(request, f"{check.name} is {outcome.status}.")

        return self.act(request, object_id, run)

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pause with ``on=1``, resume otherwise. POST only."""
        paused = request.POST.get("on") == "1"

        def turn(check: Check) -> None:
            if pause(check.name, paused=paused):
                self.log_change(request, check, "Paused." if paused else "Resumed.")
            words = "is paused and does not count" if paused else "runs again within seconds"
            messages.success(request, f"{check.name} {words}.")

        return self.act(request, object_id, turn)
