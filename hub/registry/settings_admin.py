"""The admin pages of a plugin's settings: the form, its history, and rolling back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path

from hub.operations.configuration import current
from hub.operations.configuration.wrong import WrongSettings
from hub.registry import links, settings_form
from hub.registry.models import Plugin
from hub.registry.plugin_settings import roll_back, slot_of, store, version_of
from hub.registry.rows_admin import RowsAdmin
from hub.registry.setting_rows import SettingChange
from hub.wire.errors import Conflict, NotFound

_SHOWN = 100  # changes of the history

if TYPE_CHECKING:
    _Base = RowsAdmin
else:
    _Base = object


def settings_url(plugin: Plugin) -> str:
    """The address of the plugin's settings, empty where it has none."""
    return links.settings_page(plugin.label) if plugin.label in current.slots() else ""


class SettingsPages(_Base):
    """For the admin of plugins."""

    def settings_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/settings/<int:change>/roll-back/",
                wrap(self.roll_back_view),
                name="registry_plugin_settings_roll_back",
            ),
            path(
                "<path:object_id>/settings/",
                wrap(self.settings_view),
                name="registry_plugin_settings",
            ),
        ]

    def settings_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form; a POST saves it, or resets one setting."""
        plugin = self._with_settings(request, object_id)
        if plugin is None:
            return self.not_there(request, object_id)
        if request.method != "POST":
            return self._settings_page(request, plugin)
        if not self.has_change_permission(request, plugin):
            raise PermissionDenied
        if "reset" in request.POST:
            keys = frozenset({request.POST["reset"]})
            return self._stored(
                request, plugin, lambda: store(plugin, {}, resets=keys, user=_user(request))
            )
        return self._save(request, plugin)

    def roll_back_view(self, request: HttpRequest, object_id: str, change: int) -> HttpResponse:
        """Undo a change and all later ones. POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        plugin = self._with_settings(request, object_id)
        if plugin is None:
            return self.not_there(request, object_id)
        if not self.has_change_permission(request, plugin):
            raise PermissionDenied
        return self._stored(request, plugin, lambda: roll_back(plugin, change, user=_user(request)))

    def _save(self, request: HttpRequest, plugin: Plugin) -> HttpResponse:
        posted = request.POST.dict()
        slot = slot_of(plugin.label)
        filled = settings_form.read(settings_form.rows_of(slot, plugin.label), posted)
        if filled.errors:
            return self._settings_page(request, plugin, posted=posted, errors=dict(filled.errors))
        version = posted.get("version", "")
        seen = int(version) if version.isascii() and version.isdigit() else None
        return self._stored(
            request,
            plugin,
            lambda: store(plugin, filled.changes, user=_user(request), seen=seen),
            posted=posted,
        )

    def _stored(
        self,
        request: HttpRequest,
        plugin: Plugin,
        change: Callable[[], tuple[str, ...]],
        *,
        posted: dict[str, str] | None = None,
    ) -> HttpResponse:
        try:
            changed = change()
        except WrongSettings as error:
            rows = settings_form.rows_of(slot_of(plugin.label), plugin.label)
            errors, others = settings_form.errors_by_key(error.faults, rows)
            return self._settings_page(request, plugin, posted=posted, errors=errors, others=others)
        except (Conflict, NotFound) as error:
            return self._settings_page(request, plugin, others=[error.message])
        if changed:
            messages.success(request, f"Changed: {', '.join(changed)}. Every process follows.")
        else:
            messages.info(request, "Nothing was changed.")
        return HttpResponseRedirect(links.settings_page(plugin.label))

    def _settings_page(
        self,
        request: HttpRequest,
        plugin: Plugin,
        *,
        posted: dict[str, str] | None = None,
        errors: dict[str, list[str]] | None = None,
        others: list[str] | None = None,
    ) -> HttpResponse:
        current.follow()
        slot = slot_of(plugin.label)
        changes = SettingChange.objects.filter(plugin=plugin)[:_SHOWN]
        return self.page(
            request,
            plugin,
            template="hub/registry/settings.html",
            title=f"Settings of {plugin.label}",
            crumb="Settings",
            status=200,
            rows=settings_form.rows_of(slot, plugin.label, posted=posted, errors=errors),
            others=others or [],
            wrong=bool(errors),
            unfit=[fault.sentence for fault in slot.settled.faults],
            changes=[_told(change, plugin) for change in changes],
            version=version_of(plugin),
            plugin_url=links.plugin_page(plugin.label),
        )

    def _with_settings(self, request: HttpRequest, object_id: str) -> Plugin | None:
        """The plugin, if it is loaded and has settings, and the user may look at it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Plugin | None = self.row_or_none(request, object_id)
        return found if found is not None and found.label in current.slots() else None


def _told(change: SettingChange, plugin: Plugin) -> dict[str, Any]:
    return {
        "id": change.pk,
        "at": change.at,
        "username": change.username or "the hub",
        "key": change.key,
        "old": change.old,
        "new": change.new,
        "note": change.note,
        "url": links.roll_back_page(plugin.label, change.pk),
    }


def _user(request: HttpRequest) -> Any:
    return request.user
