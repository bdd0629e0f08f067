"""The admin pages of schedules: what, when, next and last run; run now, pause, edit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.operations import switches
from hub.registry import links
from hub.registry.rows_admin import RowsAdmin, badge
from hub.registry.templatetags.hub_registry import duration
from hub.schedules import control
from hub.schedules.expressions import When, next_run, when_of
from hub.schedules.failing import with_last_run, word_of
from hub.schedules.models import Run, Schedule
from hub.schedules.sync import arguments_of, is_edited, spoken

_SHOWN_RUNS = 50
_OUTPUT_SHOWN = 100
_LONGEST_ARGUMENTS = 100_000


class PausedFilter(admin.SimpleListFilter):
    title = "paused"
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "yes"), ("no", "no")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(periodic_task__enabled=self.value() == "no")


@admin.register(Schedule)
class ScheduleAdmin(RowsAdmin):
    icon = "schedule"
    page_template = "hub/schedules/schedule.html"
    change_permission = "schedules.change_schedule"
    list_display = ("title", "status", "when", "last", "came_to", "took", "next_time")
    list_filter = ("kind", PausedFilter, "plugin", "present")
    search_fields = ("name", "target", "plugin")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return with_last_run(
            rows.select_related(
                *(f"periodic_task__{kind}" for kind in ("interval", "crontab", "solar", "clocked"))
            )
        )

    @display(description="schedule", ordering="name")
    def title(self, row: Schedule) -> SafeString:
        under = f"{row.kind} of {row.plugin}"
        return format_html(
            '<span class="hub-name">{}</span><span class="hub-under">{}</span>', row.name, under
        )

    @display(description="state")
    def status(self, row: Schedule) -> SafeString:
        return badge("off" if self._is_off(row) else word_of(row))

    @display(description="when")
    def when(self, row: Schedule) -> str:
        return spoken(row)

    @display(description="last run", ordering="last_started_at")
    def last(self, row: Any) -> str:
        return f"{row.last_started_at:%Y-%m-%d %H:%M:%S}" if row.last_started_at else "-"

    @display(description="result or error")
    def came_to(self, row: Any) -> str:
        text = row.problem or row.last_error or row.last_result or "-"
        return text if len(text) <= _OUTPUT_SHOWN else f"{text[:_OUTPUT_SHOWN]}…"

    @display(description="duration", ordering="last_seconds")
    def took(self, row: Any) -> str:
        return duration(row.last_seconds)

    @display(description="next run")
    def next_time(self, row: Schedule) -> str:
        moment = next_run(row.periodic_task) if row.periodic_task else None
        return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "-"

    def get_urls(self) -> list[URLPattern]:
        def named(view: Callable[..., HttpResponse], action: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(view)
            return path(f"<path:object_id>/{action}/", wrapped, name=f"schedules_schedule_{action}")

        own = [named(self.run_view, "run"), named(self.pause_view, "pause")]
        return [*own, named(self.reset_view, "reset"), *super().get_urls()]

    def shown(self, request: HttpRequest, row: Schedule) -> dict[str, Any]:
        when = when_of(row.periodic_task) if row.periodic_task else None
        runs = list(Run.objects.filter(schedule=row.name)[:_SHOWN_RUNS])
        return {
            "status": badge("off" if self._is_off(row) else word_of(row)),
            "off": self._is_off(row),
            "paused": row.state == "paused",
            "when": spoken(row),
            "declared": When.of_json(row.declared).words(),
            "declared_arguments": json.dumps(row.declared.get("arguments", {})),
            "edited": is_edited(row),
            "next_run": next_run(row.periodic_task) if row.periodic_task else None,
            "runs": [(badge(run.state), run) for run in runs],
            "may_change": self.has_change_permission(request, row),
            "may_edit": row.periodic_task is not None and when is not None,
            "filled": {
                "seconds": when.seconds if when and when.seconds else "",
                "cron": when.cron if when and when.cron else "",
                "timezone": when.timezone if when else "UTC",
                "arguments": json.dumps(arguments_of(row), indent=2, ensure_ascii=False),
            },
            "plugin_url": links.plugin_page(row.plugin),
            "target_url": links.operation_page(row.target) if row.kind == "operation" else "",
            "run_url": links.action_page("run", row),
            "pause_url": links.action_page("pause", row),
            "reset_url": links.action_page("reset", row),
        }

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            return super().change_view(request, object_id, form_url, extra_context)
        return self.act(request, object_id, lambda row: self._edit(request, row))

    def _edit(self, request: HttpRequest, row: Schedule) -> HttpResponse | None:
        try:
            control.edit(row, when=_when(request), arguments=_arguments(request))
        except ValueError as error:
            names = ("seconds", "cron", "timezone", "arguments")
            filled = {name: request.POST.get(name, "") for name in names}
            return self.page(request, row, status=422, problem=str(error), filled=filled)
        self.log_change(request, row, "Edited.")
        messages.success(request, f"{row.name} is changed; beat follows within a second or two.")
        return None

    def run_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Run now. POST only."""

        def run(row: Schedule) -> str:
            control.run_now(row, by=request.user.get_username())
            return f"{row.name} is on its way."

        return self._act(request, object_id, run, "Run now.")

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pause or resume. POST only."""
        on = request.POST.get("on") == "1"

        def turn(row: Schedule) -> str:
            control.switch(row, on=on)
            return f"{row.name} is {'resumed' if on else 'paused'}."

        return self._act(request, object_id, turn, "Resumed." if on else "Paused.")

    def reset_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Back to the declaration. POST only."""

        def back(row: Schedule) -> str:
            control.reset(row)
            return f"{row.name} is as the code declares it."

        return self._act(request, object_id, back, "Set back to the declaration.")

    def _act(
        self, request: HttpRequest, object_id: str, act: Callable[[Schedule], str], note: str
    ) -> HttpResponse:
        def noted(row: Schedule) -> None:
            try:
                messages.success(request, act(row))
            except ValueError as error:
                messages.error(request, str(error))
            else:
                self.log_change(request, row, note)

        return self.act(request, object_id, noted)

    def _is_off(self, row: Schedule) -> bool:
        return row.plugin in switches.off()


def _when(request: HttpRequest) -> When:
    seconds = request.POST.get("seconds", "").strip()
    cron = " ".join(request.POST.get("cron", "").split())
    if bool(seconds) == bool(cron):
        raise ValueError("Give an interval or a cron expression, one of the two.")
    if cron:
        return When(cron=cron, timezone=request.POST.get("timezone", "").strip() or "UTC")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
        raise ValueError("The interval is a whole number of seconds.")
    return When(seconds=int(seconds))


def _arguments(request: HttpRequest) -> dict[str, Any]:
    text = request.POST.get("arguments", "").strip() or "{}"
    if len(text) > _LONGEST_ARGUMENTS or "\\u0000" in text:
        raise ValueError("The arguments are too long, or hold what can't be stored.")
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The arguments are no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("The arguments are a JSON object, by the names of the parameters.")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
