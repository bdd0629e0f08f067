"""The buttons on a service's page that close its circuits, or the one of an address."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from hub.registry import links
from hub.registry.instances import circuits
from hub.registry.instances.acts import reason_in
from hub.registry.models import Service
from hub.registry.rows_admin import RowsAdmin

_LATELY: Final = 10


class CircuitPages(RowsAdmin):
    """They take POST, the right to change services and a reason, and leave a line of history."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reset_view)
        own = path("<path:object_id>/circuits/", view, name="registry_service_circuits")
        return [own, *super().get_urls()]

    def reset_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """``reason`` and, where one address is meant, ``url``."""

        def reset(row: Service) -> None:
            reason = reason_in(request.POST)
            url = request.POST.get("url", "").replace("\x00", "")
            changed = circuits.reset(row.pk, url=url, reason=reason, user_id=request.user.pk)
            of = f"{row.pk} at {url}" if url else row.pk
            circuit, are = ("circuit", "is") if url else ("circuits", "are")
            if changed:
                messages.success(request, f"The {circuit} of {of} {are} closed within a second.")
            else:
                messages.info(request, f"Nothing to do: no circuit of {of} is open.")

        return self.act(request, object_id, reset)

    def reset_form(self, request: HttpRequest, row: Service) -> dict[str, Any]:
        """What the page shows of it."""
        return {
            "may_reset": self.has_change_permission(request, row),
            "reset_url": links.action_page("circuits", row),
            "resets": _history(row),
        }


def _history(row: Service) -> list[LogEntry]:
    kind = ContentType.objects.get_for_model(Service)
    entries = LogEntry.objects.filter(content_type=kind, object_id=row.pk).select_related("user")
    return list(entries.order_by("-action_time", "-pk")[:_LATELY])
