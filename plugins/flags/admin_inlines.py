"""The parts of a flag's page: variants, environments, rules, prerequisites."""

from __future__ import annotations

from typing import Any

from django.db.models import JSONField
from django.http import HttpRequest
from unfold.admin import StackedInline, TabularInline
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminSelectWidget

from plugins.flags.admin_forms import PrerequisiteForm, VariantChoice, VariantFormSet
from plugins.flags.models import (
    Environment,
    FlagState,
    Prerequisite,
    Rule,
    ScheduledChange,
    Segment,
    Variant,
)
from plugins.flags.widgets import conditions_widget, weights_widget


class OfFlag:
    """Offers the flag's own variants only, and rows of inputs instead of raw JSON."""

    flag: Any = None

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.flag = obj  # an inline lives for one request
        return super().get_formset(request, obj, **kwargs)  # type: ignore[misc]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.related_model is Variant:
            kwargs["queryset"] = self.flag.variants.all()
        elif db_field.related_model is Environment:
            kwargs["initial"] = _only_environment()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if isinstance(db_field, JSONField):
            return db_field.formfield(widget=self._json_widget(db_field.name))
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if db_field.is_relation and field is not None:
            # Variants and environments have places of their own to be made and edited.
            for name in ("can_add_related", "can_change_related", "can_view_related"):
                setattr(field.widget, name, False)
            field.widget.can_delete_related = False
        return field

    def _json_widget(self, name: str) -> Any:
        if name == "weights":
            return weights_widget(variant.key for variant in self.flag.variants.all())
        if name == "conditions":
            return conditions_widget(Segment.objects.values_list("key", flat=True))
        return UnfoldAdminExpandableTextareaWidget()


def _only_environment() -> Any:
    """Its key, where there is one alone: then nobody has to choose."""
    first = Environment.objects.values_list("pk", flat=True)[:2]
    return first[0] if len(first) == 1 else None


class VariantInline(OfFlag, TabularInline):  # type: ignore[misc]
    model = Variant
    formset = VariantFormSet
    fields = ("position", "key", "value", "description")
    ordering_field = "position"
    hide_ordering_field = True
    extra = 0
    tab = True


class StateInline(OfFlag, StackedInline):  # type: ignore[misc]
    model = FlagState
    fields = (("enabled", "default_variant", "off_variant"), "weights", "bucket_by")
    verbose_name_plural = "environments"
    extra = 0
    tab = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RuleInline(OfFlag, StackedInline):  # type: ignore[misc]
    model = Rule
    fields = (
        ("name", "environment", "position"),
        "conditions",
        ("variant", "bucket_by"),
        "weights",
    )
    extra = 0
    tab = True


class ScheduledChangeInline(OfFlag, StackedInline):  # type: ignore[misc]
    """What is still to come; what was done or failed has a list of its own."""

    model = ScheduledChange
    fields = (("environment", "at"), ("what", "status"), "weights")
    extra = 0
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(status=ScheduledChange.Status.PENDING)

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "status":
            status = ScheduledChange.Status
            kwargs["choices"] = [(each, each.label) for each in (status.PENDING, status.CANCELLED)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


class PrerequisiteInline(TabularInline):  # type: ignore[misc]
    model = Prerequisite
    form = PrerequisiteForm
    fk_name = "flag"
    extra = 0
    tab = True
    flag: Any = None

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.flag = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name != "variant":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        offered = Variant.objects.filter(flag__archived=False).exclude(flag=self.flag)
        return VariantChoice(
            offered.select_related("flag").order_by("flag__key", "position"),
            widget=UnfoldAdminSelectWidget(),
            label="must yield",
        )
