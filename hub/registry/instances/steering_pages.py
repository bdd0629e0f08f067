"""The admin's buttons that steer instances: on the page of one, and for many of the list."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from hub.registry import links
from hub.registry.instances.acts import ACTS, EVICT, MOST, Act, perform
from hub.registry.instances.rows import Instance
from hub.registry.instances.showing import status_badge
from hub.registry.rows_admin import RowsAdmin
from hub.wire.errors import HubError

_ONE: Final = "hub/registry/instances/evict.html"
_MANY: Final = "hub/registry/instances/steer_many.html"
_LISTED: Final = 50


class SteeringPages(RowsAdmin):
    """Every button takes POST, the right to it and a reason, and leaves a line in the history."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.steer_view)
        own = path("<path:object_id>/steer/", view, name="registry_instance_steer")
        return [own, *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The acts that the user has the right to."""
        return {
            f"{act.name}_chosen": (_many(act), f"{act.name}_chosen", f"{act.label} …")
            for act in self.acts_of(request)
        }

    def acts_of(self, request: HttpRequest) -> list[Act]:
        return [act for act in ACTS.values() if self._may(request, act)]

    def steer_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """``act``, ``reason`` and, for that act, ``weight``. An eviction asks once more."""

        def steer(row: Instance) -> HttpResponse | None:
            act = self._act(request)
            if act.is_final and "confirmed" not in request.POST:
                return self._ask(request, row, act)
            changed = perform(act, [row.pk], request.POST.dict(), user_id=request.user.pk)
            self._tell(request, act, changed, row.pk)
            return HttpResponseRedirect(links.list_of(Instance)) if act.right == EVICT else None

        return self.act(request, object_id, steer)

    def steer_many(self, request: HttpRequest, chosen: QuerySet[Any], act: Act) -> Any:
        """Which they are, and why; then it is done."""
        ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        problem = ""
        if "confirmed" in request.POST:
            try:
                changed = perform(act, ids, request.POST.dict(), user_id=request.user.pk)
            except HubError as error:
                problem = error.message
            else:
                self._tell(request, act, changed, "")
                return None
        rows = list(Instance.objects.filter(pk__in=ids[:_LISTED]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{act.label}: {len(ids)} instances",
            "act": act,
            "problem": problem,
            "posted": request.POST.dict() if problem else {},
            "rows": [(status_badge(row), links.page_of(row), row) for row in rows],
            "count": len(ids),
            "too_many": len(ids) > MOST,
            "most": MOST,
            "further": max(0, len(ids) - _LISTED),
            "fields": _repeated(request),
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, _MANY, context)

    def _act(self, request: HttpRequest) -> Act:
        act = ACTS.get(request.POST.get("act", ""))
        if act is None or not self._may(request, act):
            raise PermissionDenied
        return act

    def _may(self, request: HttpRequest, act: Act) -> bool:
        needed = {"registry.change_instance", f"registry.{act.right}_instance"}
        return all(request.user.has_perm(each) for each in needed)

    def _ask(self, request: HttpRequest, row: Instance, act: Act) -> HttpResponse:
        return self.page(
            request,
            row,
            template=_ONE,
            title=f"Evict {row.pk}?",
            crumb="Evict",
            act=act,
            reason=request.POST.get("reason", ""),
        )

    def _tell(self, request: HttpRequest, act: Act, changed: tuple[str, ...], one: str) -> None:
        if not changed:
            messages.info(request, f"Nothing to do: {one or 'each of them'} was so already.")
            return
        weight = request.POST.get("weight", "").strip() if act.takes_weight else ""
        detail = f" {weight or 'it registered with'}" if act.takes_weight else ""
        names = one or (changed[0] if len(changed) == 1 else f"Each of {len(changed)} instances")
        messages.success(request, f"{names} {act.done}{detail}. Callers hear of it at once.")


def _many(act: Act) -> Any:
    def run(model_admin: SteeringPages, request: HttpRequest, chosen: QuerySet[Any]) -> Any:
        return model_admin.steer_many(request, chosen, act)

    return run


def _repeated(request: HttpRequest) -> list[tuple[str, str]]:
    """What the confirmation sends again, so that Django finds the same rows."""
    names = ("action", "select_across", helpers.ACTION_CHECKBOX_NAME)
    return [(name, value) for name in names for value in request.POST.getlist(name)]
