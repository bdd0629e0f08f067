"""The admin pages of workers, and of the processes that run them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.registry import links
from hub.registry.rows_admin import RowsAdmin, badge
from hub.runtime import pausing
from hub.runtime.models import Process, Worker, WorkerRow
from hub.runtime.reading import live_rows, word_of

_ERROR_SHOWN = 120


@admin.register(Worker)
class WorkerAdmin(RowsAdmin):
    icon = "engineering"
    page_template = "hub/runtime/worker.html"
    change_permission = "runtime.change_worker"
    list_display = ("title", "state", "in_state_since", "restarted", "last_error", "runs_in")
    list_filter = ("singleton", "enabled", "plugin", "present")
    search_fields = ("name", "description")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("plugin")
        return rows.prefetch_related(Prefetch("rows", live_rows()))

    @display(description="worker", ordering="name")
    def title(self, worker: Worker) -> SafeString:
        return format_html(
            '<span class="hub-name">{}</span><span class="hub-under">{}</span>',
            worker.name,
            worker.description.partition("\n")[0] or f"of {worker.plugin_id}",
        )

    @display(description="state")
    def state(self, worker: Worker) -> SafeString:
        return badge(word_of(worker, worker.rows.all()))

    @display(description="since")
    def in_state_since(self, worker: Worker) -> str:
        newest = max((row.since for row in worker.rows.all()), default=None)
        return f"{newest:%Y-%m-%d %H:%M:%S}" if newest else "-"

    @display(description="restarts")
    def restarted(self, worker: Worker) -> int:
        return sum(row.restarts for row in worker.rows.all())

    @display(description="last error")
    def last_error(self, worker: Worker) -> str:
        return _last_error(worker.rows.all())

    @display(description="runs in")
    def runs_in(self, worker: Worker) -> str:
        places = [str(row.process) for row in worker.rows.all() if row.state == "running"]
        return ", ".join(places) or "-"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.pause_view)
        own = path("<path:object_id>/pause/", view, name="runtime_worker_pause")
        return [own, *super().get_urls()]

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pause or resume. POST only."""
        on = request.POST.get("on") == "1"
        words = "resumed" if on else "paused"

        def turn(row: Worker) -> None:
            reason = request.POST.get("reason", "").strip()[: pausing.LONGEST_REASON]
            pausing.switch(row, on=on, user_id=request.user.pk, reason=reason)
            messages.success(request, f"{row.name} is {words}; every process follows in a second.")

        return self.act(request, object_id, turn)

    def shown(self, request: HttpRequest, row: Worker) -> dict[str, Any]:
        rows = list(row.rows.all())
        return {
            "status": badge(word_of(row, rows)),
            "off": row.plugin.is_off,
            "may_change": self.has_change_permission(request, row),
            "pause_url": links.action_page("pause", row),
            "rows": [(badge(_word(each)), each) for each in rows],
            "plugin_url": links.plugin_page(row.plugin_id),
        }


@admin.register(Process)
class ProcessAdmin(RowsAdmin):
    icon = "memory"
    page_template = "hub/runtime/process.html"
    list_display = ("title", "state", "kind", "started", "seen", "lifespans_run", "work")
    list_filter = ("kind",)
    search_fields = ("name", "host")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("lifespans", "workers")

    @display(description="process", ordering="host")
    def title(self, process: Process) -> SafeString:
        return format_html('<span class="hub-name">{}</span>', str(process))

    @display(description="state")
    def state(self, process: Process) -> SafeString:
        return badge(_word_of_process(process))

    @display(description="started", ordering="started_at")
    def started(self, process: Process) -> str:
        return f"{process.started_at:%Y-%m-%d %H:%M:%S}"

    @display(description="last seen", ordering="seen_at")
    def seen(self, process: Process) -> str:
        return f"{process.seen_at:%Y-%m-%d %H:%M:%S}"

    @display(description="lifespans")
    def lifespans_run(self, process: Process) -> str:
        return _counted([row.state for row in process.lifespans.all()])

    @display(description="workers")
    def work(self, process: Process) -> str:
        return _counted([_word(row) for row in process.workers.all()])

    def shown(self, request: HttpRequest, row: Process) -> dict[str, Any]:
        return {
            "status": badge(_word_of_process(row)),
            "lifespans": [
                (badge(each.state), links.plugin_page(each.plugin), each)
                for each in row.lifespans.all()
            ],
            "components": [
                (badge(each.state), links.action_page("change", each.component_of()), each)
                for each in row.components.all()
            ],
            "workers": [
                (badge(_word(each)), links.action_page("change", Worker(name=each.worker_id)), each)
                for each in row.workers.all()
            ],
        }


def _word(row: WorkerRow) -> str:
    return "failing" if row.crashes and row.state == "running" else row.state


def _word_of_process(process: Process) -> str:
    return "running" if process.is_alive(timezone.now()) else "lost"


def _counted(words: list[str]) -> str:
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)) or "-"


def _last_error(rows: Any) -> str:
    failed = [row for row in rows if row.error]
    if not failed:
        return "-"
    error: str = max(failed, key=lambda row: row.since).error
    return error if len(error) <= _ERROR_SHOWN else f"{error[:_ERROR_SHOWN]}…"
