"""The list of flags and the page of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from plugins.flags import changes
from plugins.flags.admin_actor import ActorMixin
from plugins.flags.admin_forms import AddFlagForm
from plugins.flags.admin_inlines import (
    PrerequisiteInline,
    RuleInline,
    ScheduledChangeInline,
    StateInline,
    VariantInline,
)
from plugins.flags.admin_pages import FlagPages, state_cards
from plugins.flags.counts import MINUTE
from plugins.flags.models import EvaluationCount, Flag
from plugins.flags.rollouts import settle_due

SOON = timedelta(days=14)
_BADGE = (
    "inline-block font-semibold rounded-default text-[11px] whitespace-nowrap h-6 leading-6 px-2"
)
_COLOURS = {
    "success": "bg-green-100 text-green-700 dark:bg-green-500/20 dark:text-green-400",
    "warning": "bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400",
    "danger": "bg-red-100 text-red-700 dark:bg-red-500/20 dark:text-red-400",
    "": "bg-base-500/8 text-base-700 dark:bg-base-500/20 dark:text-base-200",
}


class ExpiryFilter(admin.SimpleListFilter):
    title = "expiry"
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("expired", "expired"), ("soon", "expires in two weeks"), ("never", "never")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        if self.value() == "expired":
            return queryset.filter(expires_at__lte=now)
        if self.value() == "soon":
            return queryset.filter(expires_at__gt=now, expires_at__lte=now + SOON)
        return queryset.filter(expires_at=None) if self.value() == "never" else queryset


class FlagEditing(ActorMixin, FlagPages, ModelAdmin):  # type: ignore[misc]
    list_display = ("titled", "type", "states_", "owner", "expiry", "evaluations")
    list_filter = ("archived", "type", ExpiryFilter)
    search_fields = ("key", "name", "description", "owner", "tags")
    inlines = (StateInline, RuleInline, ScheduledChangeInline, VariantInline, PrerequisiteInline)
    actions_detail = ("try_it", "evaluations_page")
    change_form_outer_before_template = "flags/admin/states.html"
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": (("key", "name"), ("type", "owner"), "description", "tags")}),
        ("Lifetime", {"fields": (("expires_at", "archived"), "salt"), "classes": ("collapse",)}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    ("key", "name"),
                    ("type", "owner"),
                    "initial_variants",
                    "description",
                    "tags",
                    "expires_at",
                )
            },
        ),
    )

    class Media:
        js = ("flags/live.js",)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        settle_due()  # show what is in force
        return super().changelist_view(request, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        settle_due()
        return super().changeform_view(request, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flag]:
        since = timezone.now() - timedelta(hours=1)
        counts = EvaluationCount.objects.filter(
            flag_key=OuterRef("key"), width=MINUTE, start__gt=since
        )
        total = counts.order_by().values("flag_key").annotate(sum=Sum("number")).values("sum")
        flags: QuerySet[Flag] = super().get_queryset(request)
        return flags.annotate(last_hour=Subquery(total)).prefetch_related("states__environment")

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = AddFlagForm
        return super().get_form(request, obj, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "description":
            kwargs["widget"] = UnfoldAdminTextareaWidget({"rows": 3})
            return db_field.formfield(**kwargs)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key", "type") if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            changes.give_variants(form.instance, form.cleaned_data["initial_variants"])

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        """A new flag is off: its page is where one goes on."""
        if "_addanother" not in request.POST and "_popup" not in request.POST:
            posted = request.POST.copy()
            posted["_continue"] = "1"
            request.POST = posted  # type: ignore[assignment]
        return super().response_add(request, obj, *args)  # type: ignore[no-any-return]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        flag = self.get_object(request, object_id)
        context = {**(extra_context or {}), "cards": state_cards(flag) if flag else []}
        context["may_switch"] = self.has_change_permission(request, flag)
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[Any]:
        switch = path(
            "<int:object_id>/states/<int:state_id>/switch/",
            self.admin_site.admin_view(self.switch),
            name="flags_flag_switch",
        )
        return [switch, *super().get_urls()]

    @admin.display(description="Flag", ordering="key")
    def titled(self, flag: Flag) -> list[str]:
        return [flag.key, flag.name + (" (archived)" if flag.archived else "")]

    titled.header = True  # type: ignore[attr-defined]

    @admin.display(description="Environments")
    def states_(self, flag: Flag) -> str:
        badges = (
            _badge(f"{state.environment.key}: {'on' if state.enabled else 'off'}", state.enabled)
            for state in flag.states.all()
        )
        return format_html(
            '<div data-flag-states="{}" style="display:flex;flex-wrap:wrap;gap:.25rem">{}</div>',
            flag.key,
            format_html_join("", "{}", ((badge,) for badge in badges)),
        )

    @admin.display(description="Expiry", ordering="expires_at")
    def expiry(self, flag: Flag) -> str:
        if flag.expires_at is None:
            return "never"
        left = flag.expires_at - timezone.now()
        if flag.expired:
            return _badge("expired", colour="danger")
        if left <= SOON:
            return _badge(f"in {left.days} days" if left.days > 1 else "soon", colour="warning")
        return timezone.localtime(flag.expires_at).date().isoformat()

    @admin.display(description="Last hour", ordering="last_hour")
    def evaluations(self, flag: Any) -> str:
        return f"{flag.last_hour or 0:,}"


def _badge(text: str, good: bool = False, *, colour: str = "") -> str:
    classes = _COLOURS[colour or ("success" if good else "")]
    return format_html('<span class="{} {}">{}</span>', _BADGE, classes, text)
