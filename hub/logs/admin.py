"""The admin page of log levels."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Field as ModelField
from django.forms import Field, ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from hub.logs.levels import hint_for, known_loggers, levels
from hub.logs.models import LogLevel

_LIST_ID = "known-loggers"


class LoggerNameInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A text field that offers the loggers this process has made."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        field = super().render(name, value, {**(attrs or {}), "list": _LIST_ID}, renderer)
        options = format_html_join("", '<option value="{}">', ((one,) for one in known_loggers()))
        return format_html('{}<datalist id="{}">{}</datalist>', field, _LIST_ID, options)


class LogLevelForm(ModelForm):  # type: ignore[type-arg]
    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until is not None and "until" in self.changed_data and until <= timezone.now():
            raise ValidationError("This moment has passed.", code="passed")
        return until


@admin.register(LogLevel)
class LogLevelAdmin(ModelAdmin):  # type: ignore[misc]
    """Every process follows within a second; what is removed or expires is as configured again."""

    icon = "receipt_long"
    form = LogLevelForm
    list_display = ("logger", "shown_level", "state", "until", "configured", "changed_by")
    list_filter = ("level",)
    search_fields = ("logger", "changed_by")
    fields = ("logger", "level", "until", "configured", "changed_by", "changed_at")
    readonly_fields = ("configured", "changed_by", "changed_at")

    def get_fields(self, request: HttpRequest, obj: LogLevel | None = None) -> tuple[str, ...]:
        return self.fields if obj is not None else self.fields[:3]

    def formfield_for_dbfield(
        self, db_field: ModelField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        if db_field.name == "logger":
            kwargs["widget"] = LoggerNameInput()
        found: Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        return found

    def save_model(self, request: HttpRequest, obj: LogLevel, form: Any, change: bool) -> None:
        obj.changed_by = request.user.get_username()
        super().save_model(request, obj, form, change)
        hint = hint_for(obj.logger)
        if hint:
            self.message_user(request, hint, messages.WARNING)

    @display(  # type: ignore[untyped-decorator]
        description="level",
        ordering="level",
        label={
            "DEBUG": "info",
            "INFO": "success",
            "WARNING": "warning",
            "ERROR": "danger",
            "CRITICAL": "danger",
        },
    )
    def shown_level(self, row: LogLevel) -> str:
        return row.level

    @display(  # type: ignore[untyped-decorator]
        description="state", label={"in force": "success", "expired": "warning"}
    )
    def state(self, row: LogLevel) -> str:
        return "in force" if row.holds() else "expired"

    @admin.display(description="configured level")
    def configured(self, row: LogLevel) -> str:
        return levels.configured(row.logger)
