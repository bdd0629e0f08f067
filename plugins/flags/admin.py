"""The admin of the flags plugin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from plugins.flags.admin_actor import ActorMixin
from plugins.flags.admin_flag import FlagEditing
from plugins.flags.models import Change, Environment, Flag, ScheduledChange, Segment
from plugins.flags.widgets import conditions_widget


@admin.register(Flag)
class FlagAdmin(FlagEditing):
    """Registered here, where the hub looks for a plugin's pages."""

    icon = "flag"


@admin.register(Environment)
class EnvironmentAdmin(ActorMixin, ModelAdmin):  # type: ignore[misc]
    icon = "dns"
    list_display = ("key", "name", "is_default", "position")
    fields = ("key", "name", "is_default", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key",) if obj else ()


@admin.register(Segment)
class SegmentAdmin(ActorMixin, ModelAdmin):  # type: ignore[misc]
    icon = "group_work"
    list_display = ("key", "name", "description")
    search_fields = ("key", "name", "description")
    fields = ("key", "name", "description", "conditions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key",) if obj else ()

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if isinstance(db_field, models.JSONField):
            kwargs["widget"] = conditions_widget(None)
            return db_field.formfield(**kwargs)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Change)
class ChangeAdmin(ModelAdmin):  # type: ignore[misc]
    """The history, to read only."""

    icon = "history"
    list_display = (
        "at",
        "actor",
        "action",
        "kind",
        "subject",
        "environment_key",
        "field",
        "short_old",
        "short_new",
    )
    list_filter = ("action", "kind", "environment_key")
    search_fields = ("flag_key", "subject", "actor")
    date_hierarchy = "at"
    show_full_result_count = False

    @admin.display(description="old")
    def short_old(self, change: Change) -> str:
        return _short(change.old_text)

    @admin.display(description="new")
    def short_new(self, change: Change) -> str:
        return _short(change.new_text)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ScheduledChange)
class ScheduledChangeAdmin(ModelAdmin):  # type: ignore[misc]
    """What is to come and what came of it, to read only: flags' pages are where to schedule."""

    icon = "event_upcoming"
    list_display = ("flag", "environment", "what", "at", "status", "settled_at", "error")
    list_filter = ("status", "environment", "what")
    list_select_related = ("flag", "environment")
    search_fields = ("flag__key",)
    date_hierarchy = "at"
    ordering = ("-at", "-pk")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
