"""The admin page of the brakes: what they see, whether they hold, and the operator's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from hub.registry import links
from hub.registry.instances import brakes
from hub.registry.instances.acts import LONGEST_REASON
from hub.registry.instances.brakes import BrakeState
from hub.registry.instances.rows import Brake
from hub.registry.models import Service
from hub.registry.rows_admin import RowsAdmin, toned

_TEMPLATE: Final = "hub/registry/instances/brakes.html"
_LATELY: Final = 20
_PROTECTED_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Lever:
    """One brake as it is drawn. ``tells`` is what it does by the numbers."""

    name: str
    title: str
    tells: str
    mode: Brake.Mode
    state: SafeString


@admin.register(Brake)
class BrakeAdmin(RowsAdmin):
    icon = "speed"
    change_permission = "registry.change_brake"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.force_view)
        return [path("force/", view, name="registry_brake_force"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._drawn(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """There is one row, and its page is that of the list."""
        return HttpResponseRedirect(links.list_of(Brake))

    def force_view(self, request: HttpRequest) -> HttpResponse:
        """A mode for each brake, and a reason. POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        reason = " ".join(request.POST.get("reason", "").replace("\x00", "").split())
        modes = {name: _mode(request.POST.get(name, "")) for name in _NAMES}
        if not reason or len(reason) > LONGEST_REASON:
            problem = f"A reason of at most {LONGEST_REASON} characters is required."
            return self._drawn(request, problem=problem, status=422)
        if brakes.force(user_id=request.user.pk, reason=reason, **modes):
            messages.success(request, "The brakes are set; the next sweep heeds them.")
        else:
            messages.info(request, "Nothing to do: they are set so.")
        return HttpResponseRedirect(links.list_of(Brake))

    def _drawn(self, request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
        state = brakes.state()
        protected = sorted(state.protected)
        known = set(Service.objects.filter(pk__in=protected).values_list("pk", flat=True))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Brakes of the registry",
            "media": self.media,
            "state": state,
            "levers": levers(state),
            "modes": Brake.Mode.choices,
            "may_change": self.has_change_permission(request),
            "force_url": links.named("admin:registry_brake_force"),
            "protected": [
                (name, links.action_page("change", Service(name=name)) if name in known else "")
                for name in protected[:_PROTECTED_SHOWN]
            ],
            "further": max(0, len(protected) - _PROTECTED_SHOWN),
            "history": _history(),
            "problem": problem,
            "reason": request.POST.get("reason", ""),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, _TEMPLATE, context, status=status)


def levers(state: BrakeState) -> list[Lever]:
    share, cap = settings.HUB_LEASE_PRESERVATION, settings.HUB_LEASE_EVICTION_CAP
    held_by_cap = bool(state.held_back) and not state.preserving and not state.quiet
    return [
        Lever(
            "preservation",
            "Self-preservation",
            f"Nothing is evicted while fewer than {share:.0%} of the expected renewals arrive.",
            state.preservation,
            _state(state.preservation, holds=state.preserving),
        ),
        Lever(
            "cap",
            "Cap of evictions",
            f"One sweep evicts {cap:.0%} of the instances at most, and at least one.",
            state.cap,
            _state(state.cap, holds=held_by_cap),
        ),
        Lever(
            "protection",
            "Protection of services",
            f"Where fewer than {settings.HUB_LEASE_PROTECTION:.0%} of a service's instances are "
            "well, all of them are called.",
            state.protection,
            _state(state.protection, holds=bool(state.protected)),
        ),
    ]


_NAMES: Final = ("preservation", "cap", "protection")


def _state(mode: Brake.Mode, *, holds: bool) -> SafeString:
    if mode is Brake.Mode.OFF:
        return toned("never", "warning")
    return toned("holds", "bad") if holds else toned("released", "good")


def _mode(text: str) -> Brake.Mode | None:
    return Brake.Mode(text) if text in Brake.Mode.values else None


def _history() -> list[LogEntry]:
    kind = ContentType.objects.get_for_model(Brake)
    entries = LogEntry.objects.filter(content_type=kind).select_related("user")
    return list(entries.order_by("-action_time", "-pk")[:_LATELY])
