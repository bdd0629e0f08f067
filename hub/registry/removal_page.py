"""The admin page on which a superuser removes a plugin's data."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect

from hub.registry import links
from hub.registry.models import Plugin
from hub.registry.removal.carrying_out import plan_all, remove
from hub.registry.removal.telling import coming_back, lines_of
from hub.registry.rows_admin import RowsAdmin
from hub.wire.errors import HubError

_TEMPLATE = "hub/registry/remove.html"


def answer(rows: RowsAdmin, request: HttpRequest, plugin: Plugin) -> HttpResponse:
    """GET tells what would go, POST removes it once the label is typed in as ``confirmation``."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "POST"])
    cascade = (request.POST if request.method == "POST" else request.GET).get("cascade") == "1"
    if request.method != "POST":
        return _page(rows, request, plugin, cascade=cascade)
    if request.POST.get("confirmation", "").strip() != plugin.label:
        problem = f"Type {plugin.label} to confirm. Nothing was removed."
        return _page(rows, request, plugin, cascade=cascade, problem=problem, status=422)
    try:
        removals = remove(plugin.label, cascade=cascade, user_id=request.user.pk)
    except HubError as error:
        return _page(rows, request, plugin, cascade=cascade, problem=error.message, status=409)
    for removal in removals.all:
        messages.success(request, f"{removal.label} is removed.")
    stays = coming_back(removal.label for removal in removals.all)
    if stays:
        messages.warning(request, stays)
    return HttpResponseRedirect(links.list_of(Plugin))


def _page(
    rows: RowsAdmin, request: HttpRequest, plugin: Plugin, *, cascade: bool, **more: Any
) -> HttpResponse:
    removals = plan_all(plugin.label, cascade=cascade)
    firsts = {entry.first for one in removals.all for entry in one.obstacles}
    return rows.page(
        request,
        plugin,
        template=_TEMPLATE,
        title=f"Remove {plugin.label}?",
        crumb="Remove",
        removals=[(removal, list(lines_of(removal))) for removal in removals.all],
        obstacles=removals.obstacles,
        cascade=cascade,
        may_cascade=bool(removals.obstacles) and "" not in firsts and not cascade,
        **more,
    )
