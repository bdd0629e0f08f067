"""Instances entered, and changed, by hand. They have no lease: they stay until they are evicted."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from hub.client.instances import Registration
from hub.registry import links
from hub.registry.instances import changes, entry_form
from hub.registry.instances.leases import register
from hub.registry.instances.rows import Instance, Source
from hub.registry.models import Component, Service
from hub.registry.rows_admin import RowsAdmin
from hub.wire.errors import FieldError, InvalidInput

_TEMPLATE: Final = "hub/registry/instances/entry.html"
OWNER: Final = "admin"

_SUGGESTED: Final = 500  # names of services, of which programs may register any number


class EntryPages(RowsAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.edit_view)
        own = path("<path:object_id>/edit/", view, name="registry_instance_edit")
        return [own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("registry.add_instance")

    def edit_url(self, request: HttpRequest, row: Instance) -> str:
        """Empty for what others registered: they would put it back."""
        if row.source != Source.ADMIN or not self.has_change_permission(request, row):
            return ""
        return links.action_page("edit", row)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._entered(request, None)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row: Instance | None = self.row_or_none(request, object_id)
        if row is not None and not self.edit_url(request, row):
            raise PermissionDenied
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return self.not_there(request, object_id) if row is None else self._entered(request, row)

    def _entered(self, request: HttpRequest, row: Instance | None) -> HttpResponse:
        texts, error = entry_form.texts_of(row), None
        if request.method == "POST":
            texts = request.POST.dict() | ({"id": row.pk} if row else {})
            try:
                entered = _enter(entry_form.read(texts), row, user_id=request.user.pk)
            except InvalidInput as problem:
                error = problem
            else:
                messages.success(request, f"{entered.pk} is entered. Callers hear of it at once.")
                return HttpResponseRedirect(links.page_of(entered))
        return self._form(request, row, texts, error)

    def _form(
        self,
        request: HttpRequest,
        row: Instance | None,
        texts: dict[str, str],
        error: InvalidInput | None,
    ) -> HttpResponse:
        known = Service.objects.filter(present=True)
        more = {
            "drawn": entry_form.draw(texts, error),
            "problem": error.message if error else "",
            "components": Component.objects.filter(present=True).values_list("pk", flat=True),
            "known_services": known.values_list("pk", flat=True)[:_SUGGESTED],
            "list_url": links.list_of(Instance),
        }
        status = 422 if error else 200
        if row is not None:
            title = f"Change {row.pk}"
            return self.page(
                request, row, template=_TEMPLATE, title=title, crumb="Change", status=status, **more
            )
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Enter an instance",
            "media": self.media,
            **more,
        }
        return TemplateResponse(request, _TEMPLATE, context, status=status)


def _enter(registration: Registration, row: Instance | None, *, user_id: int | None) -> Instance:
    """Raises :class:`InvalidInput`, also for an id that is taken."""
    with transaction.atomic():
        changes.take_turns()  # so that an id that is free now stays so
        if row is None and Instance.objects.filter(pk=registration.id).exists():
            taken = "is taken by an instance that is there already"
            raise InvalidInput(f"The id {taken}.", [FieldError("id", taken, "taken")])
        register(registration, source=Source.ADMIN, owner=OWNER, any_owner=True, leased=False)
        entered = Instance.objects.filter(pk=registration.id)
        if user_id is not None:
            flag = CHANGE if row else ADDITION
            LogEntry.objects.log_actions(
                user_id, entered, flag, "Entered by hand.", single_object=True
            )
        return entered.get()
