"""What the admin pages of all rows have in common: they show, they neither add nor delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.registry import links
from hub.registry.libraries import UnfoldModelAdmin
from hub.wire.errors import HubError

_LONGEST_NOTES: Final = 10_000

# Words that are in no list here are quiet: off, paused, vanished, MAINTENANCE …
_TONES = {
    **dict.fromkeys(("running", "ready", "done", "started", "UP", "RUNNING"), "good"),
    **dict.fromkeys(
        ("degraded", "restarting", "blocked", "DEGRADED", "UNKNOWN", "DRAINING"), "warning"
    ),
    **dict.fromkeys(("refused", "failing", "failed", "stuck", "lost", "DOWN", "FAILED"), "bad"),
}


def badge(word: str) -> SafeString:
    """A state in a word and a colour."""
    return toned(word, _TONES.get(word, "quiet"))


def toned(words: str, tone: str) -> SafeString:
    """Words in a colour: ``good``, ``warning``, ``bad`` or ``quiet``."""
    return format_html('<span class="hub-badge hub-badge--{}">{}</span>', tone, words)


def code_words(words: list[str]) -> SafeString:
    return format_html('<span class="hub-words">{}</span>', " ".join(words))


if TYPE_CHECKING:
    _Base = UnfoldModelAdmin[Any]
else:
    _Base = UnfoldModelAdmin  # not subscriptable at run time


class RowsAdmin(_Base):
    """A list, and a page of one row made by :meth:`shown`."""

    actions = None
    page_template = ""
    change_permission = ""  # whoever has it may do what the page offers
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.change_permission) and request.user.has_perm(self.change_permission)

    def shown(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page's template needs beside ``row``."""
        return {}

    def row_or_none(self, request: HttpRequest, object_id: str) -> Any:
        """Names are keys, and links hold them quoted or as they are."""
        return self.get_object(request, object_id) or self.get_object(request, unquote(object_id))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and hasattr(self.model, "notes"):
            return self.act(request, object_id, lambda row: self._save_notes(request, row))
        row = self.row_or_none(request, object_id)
        if row is None:
            return self.not_there(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return self.page(request, row, **(extra_context or {}))

    def act(
        self, request: HttpRequest, object_id: str, act: Callable[[Any], HttpResponse | None]
    ) -> HttpResponse:
        """Do something to a row, by POST only and for those who may change it: ``act(row)`` gives
        the page to show, or nothing, and then it is the row's. Its errors become messages."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = self.row_or_none(request, object_id)
        if row is None:
            return self.not_there(request, object_id)
        try:
            shown = act(row)
        except HubError as error:
            messages.error(request, error.message)
            shown = None
        return shown or HttpResponseRedirect(links.page_of(row))

    def _save_notes(self, request: HttpRequest, row: Any) -> None:
        notes = request.POST.get("notes", "").replace("\r\n", "\n").replace("\x00", "")
        type(row)._default_manager.filter(pk=row.pk).update(notes=notes[:_LONGEST_NOTES])
        self.log_change(request, row, "Changed the notes.")
        messages.success(request, "The notes are saved.")

    def not_there(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Back to the start page with a message, as Django's own admin pages answer."""
        redirect = cast(Any, self)._get_obj_does_not_exist_redirect
        return cast(HttpResponse, redirect(request, self.opts, object_id))

    def page(
        self,
        request: HttpRequest,
        row: Any,
        *,
        status: int = 200,
        template: str = "",
        crumb: str = "",
        **more: Any,
    ) -> HttpResponse:
        """``crumb`` ends the breadcrumbs of a page below that of the row."""
        request.current_app = self.admin_site.name
        # The tag that makes the breadcrumbs gives its template the request and nothing else.
        cast(Any, request).hub_crumb = crumb
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "row": row,
            "title": str(row),
            "inline_admin_formsets": [],
            "media": self.media,
            **self.shown(request, row),
            **more,
        }
        return TemplateResponse(request, template or self.page_template, context, status=status)
