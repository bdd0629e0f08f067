"""The admin pages of plugins, operations, services and components."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin import display
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.loader.starts import NOTHING
from hub.operations.engine import engine
from hub.registry import links, plugin_page, removal_page, tryout
from hub.registry.charts import last_hour
from hub.registry.component_states import states_of, word_of
from hub.registry.graphs import calls_graph, latency_graph
from hub.registry.instances.admin import InstanceAdmin as InstanceAdmin
from hub.registry.instances.brakes_admin import BrakeAdmin as BrakeAdmin
from hub.registry.instances.service_page import component_page
from hub.registry.models import Component, Operation, Plugin, Service
from hub.registry.parameters import parameter_table
from hub.registry.rows_admin import RowsAdmin, badge
from hub.registry.schema_form import type_name
from hub.registry.services_admin import ServiceAdmin as ServiceAdmin
from hub.registry.settings_admin import SettingsPages, settings_url
from hub.registry.statistics import recorder
from hub.registry.switches import switch
from hub.registry.templatetags.hub_registry import duration


@admin.register(Plugin)
class PluginAdmin(SettingsPages, RowsAdmin):
    page_template = "hub/registry/plugin.html"
    change_permission = "registry.change_plugin"
    list_display = (
        "name",
        "status",
        "version",
        "contributes",
        "start",
        "source",
        "operator_switch",
    )
    list_filter = ("state", "enabled", "builtin", "present")
    search_fields = ("label", "summary", "package")

    @display(description="plugin", ordering="label")
    def name(self, plugin: Plugin) -> SafeString:
        return format_html(
            '<span class="hub-name">{}</span><span class="hub-under">{}</span>',
            plugin.label,
            plugin.summary,
        )

    @display(description="state", ordering="state")
    def status(self, plugin: Plugin) -> SafeString:
        return badge(plugin.status)

    @display(description="contributions")
    def contributes(self, plugin: Plugin) -> int:
        return len(plugin.contributions)

    @display(description="start")
    def start(self, plugin: Plugin) -> str:
        """What its start took in this process."""
        loaded = engine().catalog.plugins.get(plugin.label)
        cost = engine().cost_of(loaded) if loaded else NOTHING
        return duration(cost.seconds if cost.steps else None)

    @display(description="switch", ordering="enabled")
    def operator_switch(self, plugin: Plugin) -> SafeString:
        if plugin.builtin or plugin.state == Plugin.State.REFUSED or not plugin.present:
            words = "always on" if plugin.builtin else "not loaded"
            return format_html('<span class="hub-under">{}</span>', words)
        # The list stands in a form of its own, whose token this button sends elsewhere.
        return format_html(
            '<button type="submit" formmethod="post" formaction="{}" name="on" value="{}" '
            'class="hub-switch hub-switch--{}" aria-label="{}"><span></span></button>',
            links.action_page("switch", plugin),
            "0" if plugin.enabled else "1",
            "on" if plugin.enabled else "off",
            f"Switch {plugin.label} {'off' if plugin.enabled else 'on'}",
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.switch_view)
        remove = self.admin_site.admin_view(self.remove_view)
        return [
            path("<path:object_id>/switch/", view, name="registry_plugin_switch"),
            path("<path:object_id>/remove/", remove, name="registry_plugin_remove"),
            *self.settings_urls(),
            *super().get_urls(),
        ]

    def shown(self, request: HttpRequest, row: Plugin) -> dict[str, Any]:
        recorder.flush()
        points, hour = last_hour(plugin=row.label)
        return {
            "status": badge(row.status),
            "off": row.status == "off",
            "problems": row.problems,
            "groups": plugin_page.contribution_groups(row),
            "admin_pages": plugin_page.admin_pages(request, self.admin_site, row.label),
            "operations": list(row.operations.defer("input_schema", "output_schema", "examples")),
            "numbers": hour,
            "calls_graph": calls_graph(points),
            "latency_graph": latency_graph(points),
            "may_change": self.has_change_permission(request, row),
            "switch_url": links.action_page("switch", row),
            "settings_url": settings_url(row),
            "docs_url": links.DOCS,
            **plugin_page.known(engine(), row),
            "may_remove": request.user.is_superuser and not row.builtin,
            "remove_url": links.action_page("remove", row),
        }

    def switch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Switch on at once, off after a confirmation. POST only."""
        return self.act(request, object_id, lambda plugin: self._switch(request, plugin))

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A dry run; by POST, with the label typed in, the removal. For superusers."""
        if not request.user.is_superuser:
            raise PermissionDenied
        plugin = self.row_or_none(request, object_id)
        if plugin is None:
            return self.not_there(request, object_id)
        return removal_page.answer(self, request, plugin)

    def _switch(self, request: HttpRequest, plugin: Plugin) -> HttpResponse | None:
        on = request.POST.get("on") == "1"
        if not on and not plugin.builtin and "confirmed" not in request.POST:
            return self.page(
                request,
                plugin,
                template="hub/registry/switch_off.html",
                title=f"Switch off {plugin.label}?",
                crumb="Switch off",
            )
        switch(plugin, on=on, user_id=request.user.pk)
        messages.success(request, f"{plugin.label} is {'on' if on else 'off'}.")
        return None


class PluginsRowsAdmin(RowsAdmin):
    """Rows that belong to a plugin."""

    @display(description="plugin", ordering="plugin")
    def plugin_label(self, row: Operation | Component) -> str:
        return row.plugin_id


class MethodFilter(admin.SimpleListFilter):
    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in ("GET", "POST", "PUT", "PATCH", "DELETE")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(methods__contains=self.value()) if self.value() else queryset


@admin.register(Operation)
class OperationAdmin(PluginsRowsAdmin):
    page_template = "hub/registry/operation.html"
    list_display = ("title", "plugin_label", "reached", "access", "status")
    list_filter: ClassVar[list[Any]] = ["plugin", MethodFilter, "access", "state", "present"]
    search_fields = ("name", "summary", "description")

    @display(description="operation", ordering="name")
    def title(self, operation: Operation) -> SafeString:
        return format_html(
            '<span class="hub-name">{}</span><span class="hub-under">{}</span>',
            operation.name,
            operation.summary or operation.reason,
        )

    @display(description="reached at")
    def reached(self, operation: Operation) -> SafeString:
        if operation.state == Operation.State.REFUSED:
            return format_html('<span class="hub-under">{}</span>', "nowhere")
        if not operation.routes:
            return format_html('<span class="hub-under">{}</span>', "command line, admin")
        route = operation.routes[0]
        return format_html(
            '<span class="hub-route"><span class="hub-method">{}</span> <code>{}</code></span>',
            route["method"],
            route["path"],
        )

    @display(description="state", ordering="state")
    def status(self, operation: Operation) -> SafeString:
        return badge(operation.state if operation.present else "vanished")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        own = path("<path:object_id>/try/", view, name="registry_operation_try")
        return [own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("plugin")

    def shown(self, request: HttpRequest, row: Operation) -> dict[str, Any]:
        recorder.flush()
        points, hour = last_hour(operation=row.name)
        live = engine().operations.by_name.get(row.name)
        # The running code knows the order of parameters; PostgreSQL's JSON forgets it.
        schema = live.input.json_schema if live else row.input_schema
        return {
            "status": badge(row.state if row.present else "vanished"),
            "off": row.plugin.status == "off",
            "live": live,
            "schedules_url": links.named("admin:schedules_schedule_changelist"),
            "graphql_url": links.GRAPHQL,
            "parameters": parameter_table(schema),
            "result_type": type_name(live.output.json_schema if live else row.output_schema),
            "numbers": hour,
            "calls_graph": calls_graph(points),
            "latency_graph": latency_graph(points),
            "plugin_url": links.plugin_page(row.plugin_id),
            "try_url": links.action_page("try", row),
            "inputs": self._inputs(request, row, live),
            "docs_url": links.DOCS,
        }

    def try_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Run the operation as the one who is signed in. POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.row_or_none(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        live = engine().operations.by_name.get(row.name) if row else None
        if row is None or live is None:
            return self.not_there(request, object_id)
        posted = request.POST.dict()
        filled = tryout.read(live, posted)
        outcome = tryout.attempt(live, cast(User, request.user), filled)
        return self.page(
            request,
            row,
            outcome=outcome,
            inputs=tryout.inputs(live, posted, outcome),
            command=tryout.command(live, filled.arguments) if not filled.errors else "",
        )

    def _inputs(self, request: HttpRequest, row: Operation, live: Any) -> list[tryout.Input]:
        if live is None:
            return []
        chosen = request.GET.get("example", "")
        if chosen.isascii() and chosen.isdigit() and int(chosen) < len(row.examples):
            parameters = row.examples[int(chosen)]["parameters"]
            return tryout.inputs(live, tryout.example_texts(live, parameters))
        return tryout.inputs(live)


@admin.register(Component)
class ComponentAdmin(PluginsRowsAdmin):
    page_template = "hub/registry/component.html"
    list_display = ("title", "state", "version", "bundles", "reached_over", "plugin_label")
    list_filter = ("plugin", "present")
    search_fields = ("name", "summary")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("plugin")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The states of all that a page lists are read at once."""
        found = super().get_changelist_instance(request)
        found.result_list = list(found.result_list)
        states = states_of([row.pk for row in found.result_list])
        for row in found.result_list:
            row.states = states.get(row.pk, ())
        return found

    @display(description="component", ordering="name")
    def title(self, component: Component) -> SafeString:
        return format_html(
            '<span class="hub-name">{}</span><span class="hub-under">{}</span>',
            component.name,
            component.summary,
        )

    @display(description="state")
    def state(self, component: Any) -> SafeString | str:
        word = word_of(component, component.states)
        return badge(word) if word else "-"

    @display(description="services")
    def bundles(self, component: Component) -> str:
        return ", ".join(component.services)

    @display(description="channels")
    def reached_over(self, component: Component) -> str:
        return ", ".join(component.channels)

    def shown(self, request: HttpRequest, row: Component) -> dict[str, Any]:
        states = states_of([row.pk]).get(row.pk, ())
        word = word_of(row, states)
        return {
            "status": badge(word) if word else "",
            "off": row.plugin.is_off,
            "rows": [(badge(each.state), each) for each in states],
            "services": Service.objects.filter(pk__in=row.services),
            **component_page(row),
            "plugin_url": links.plugin_page(row.plugin_id),
        }
