"""The start page of the admin: what fails first, then how the hub is doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from hub.registry import links
from hub.registry.charts import Totals, by_operation, last_hour
from hub.registry.graphs import calls_graph, latency_graph
from hub.registry.instances.attention import troubled
from hub.registry.models import Operation, Plugin
from hub.registry.rows_admin import badge
from hub.registry.statistics import recorder
from hub.registry.templatetags.hub_registry import duration

Failing = Callable[[], list[dict[str, Any]]]

_further: dict[str, Failing] = {}


def also_failing(permission: str, source: Failing) -> None:
    """Have the start page list further failing things, first of all, to users with
    ``permission``: ``source`` returns ``{badge, what, why, url}`` of each. For apps above the
    registry; called once, at start."""
    _further[permission] = source


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """django-unfold's ``DASHBOARD_CALLBACK``. Its number of queries does not depend on the rows."""
    if not request.user.has_perm("registry.view_plugin"):
        return context
    recorder.flush()
    plugins = list(Plugin.objects.filter(present=True).defer("contributions", "links"))
    points, hour = last_hour()
    called = by_operation()
    return {
        **context,
        "title": "Start",
        "hub": {
            "cards": _cards(plugins, hour),
            "failing": [
                *_instances(request),
                *_from_above(request),
                *_failing_plugins(plugins),
                *_refused_operations(),
                *_erring(called),
            ],
            "calls_graph": calls_graph(points),
            "latency_graph": latency_graph(points),
            "called": [
                (links.operation_page(entry.operation), entry)
                for entry in sorted(called, key=lambda entry: -entry.calls)[:8]
            ],
            "plugins": [
                (links.page_of(plugin), badge(plugin.status), plugin) for plugin in plugins
            ],
        },
    }


def _instances(request: HttpRequest) -> list[dict[str, Any]]:
    return troubled() if request.user.has_perm("registry.view_instance") else []


def _from_above(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        entry
        for permission, source in _further.items()
        if request.user.has_perm(permission)
        for entry in source()
    ]


def _cards(plugins: list[Plugin], hour: Totals) -> list[dict[str, Any]]:
    states = Counter(plugin.status for plugin in plugins)
    operations = Operation.objects.filter(present=True, state="ready").count()
    failing = states["degraded"] + states["refused"]
    counted = ", ".join(
        f"{states[word]} {word}" for word in ("degraded", "refused", "off") if states[word]
    )
    return [
        {
            "title": "Plugins running",
            "value": states["running"],
            "note": counted or "none failing, none off",
            "tone": "bad" if states["refused"] else "warning" if failing else "good",
            "icon": "extension",
            "url": links.list_of(Plugin),
        },
        {
            "title": "Operations",
            "value": operations,
            "note": "ready to be called",
            "tone": "plain",
            "icon": "bolt",
            "url": links.list_of(Operation),
        },
        {
            "title": "Calls, last hour",
            "value": f"{hour.calls:,}",
            "note": f"{hour.refused:,} refused (4xx)" if hour.refused else "none refused",
            "tone": "plain",
            "icon": "swap_horiz",
            "url": "",
        },
        {
            "title": "Error rate",
            "value": f"{hour.error_share:.1%}",
            "note": f"{hour.errors:,} failed (5xx)" if hour.errors else "no failures",
            "tone": "bad" if hour.errors else "good",
            "icon": "error",
            "url": "",
        },
        {
            "title": "Latency p95",
            "value": duration(hour.p95),
            "note": "no calls yet" if hour.p50 is None else f"median {duration(hour.p50)}",
            "tone": "plain",
            "icon": "speed",
            "url": "",
        },
    ]


def _failing_plugins(plugins: list[Plugin]) -> list[dict[str, Any]]:
    order = {"refused": 0, "degraded": 1}
    failing = sorted(
        (plugin for plugin in plugins if plugin.status in order),
        key=lambda plugin: order[plugin.status],
    )
    return [
        {
            "badge": badge(plugin.status),
            "what": plugin.label,
            "why": _sentence(plugin),
            "url": links.page_of(plugin),
        }
        for plugin in failing
    ]


def _sentence(plugin: Plugin) -> str:
    """The first failure. Refused operations have lines of their own, so they are only counted."""
    for failure in plugin.problems:
        if not failure["where"].startswith(f"{plugin.label}."):
            return str(failure["message"])
    return f"Operations that can't be offered: {len(plugin.problems)}."


def _refused_operations() -> list[dict[str, Any]]:
    refused = Operation.objects.filter(present=True, state="refused").only("name", "reason")
    return [
        {
            "badge": badge("refused"),
            "what": operation.name,
            "why": operation.reason,
            "url": links.page_of(operation),
        }
        for operation in refused
    ]


def _erring(called: list[Totals]) -> list[dict[str, Any]]:
    return [
        {
            "badge": badge("failing"),
            "what": entry.operation,
            "why": f"{entry.errors:,} of {entry.calls:,} calls failed in the last hour.",
            "url": links.operation_page(entry.operation),
        }
        for entry in called
        if entry.errors
    ]
