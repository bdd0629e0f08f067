"""What lists of registry resources can be filtered by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import BooleanFilter, CharFilter, ChoiceFilter

from hub.registry.libraries import FilterSet
from hub.registry.models import Component, Operation, Plugin, Service

_METHODS = [(method, method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")]


class TruthField(forms.Field):
    """``true`` or ``false``; what is neither is refused, where django-filter would not filter."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        truth = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
        if truth is None:
            raise forms.ValidationError("must be true or false", code="invalid")
        return truth


class TruthFilter(BooleanFilter):  # type: ignore[misc]
    field_class = TruthField

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput, **options)


def _present() -> TruthFilter:
    return TruthFilter(help_text="False for what has vanished from the code.")


def _plugin() -> CharFilter:
    return CharFilter(field_name="plugin_id", help_text="Label of the plugin.")


class PluginFilters(FilterSet):
    state = ChoiceFilter(choices=Plugin.State.choices, help_text="How the plugin was loaded.")
    enabled = TruthFilter(help_text="The operator's switch.")
    builtin = TruthFilter(help_text="True for parts of the hub itself.")
    source = CharFilter(help_text="Where it was found: 'entry point', 'folder' or 'builtin'.")
    present = _present()

    class Meta:
        model = Plugin
        fields = ()


class ServiceFilters(FilterSet):
    plugin = _plugin()
    known = ChoiceFilter(
        choices=Service.Known.choices,
        method="with_known",
        help_text="'registered' are services that no plugin declares: instances offer them. "
        "'called' are those that no instance offers either: processes of the hub call them.",
    )
    present = TruthFilter(
        help_text="False for what has vanished from the code, or that no instance offers any more, "
        "or nobody calls."
    )

    class Meta:
        model = Service
        fields = ()

    def with_known(self, queryset: QuerySet[Service], name: str, value: str) -> QuerySet[Service]:
        return queryset.filter(Service.known_as(value))


class ComponentFilters(FilterSet):
    plugin = _plugin()
    present = _present()

    class Meta:
        model = Component
        fields = ()


class OperationFilters(FilterSet):
    plugin = _plugin()
    service = CharFilter(field_name="service_id", help_text="Name of the service.")
    state = ChoiceFilter(choices=Operation.State.choices, help_text="'refused' can't be called.")
    method = ChoiceFilter(
        choices=_METHODS, method="with_method", help_text="Reached by this HTTP method."
    )
    access = CharFilter(help_text="The access rule in words, such as 'everyone' or 'scope root'.")
    is_async = TruthFilter(help_text="True for async functions.")
    present = _present()

    class Meta:
        model = Operation
        fields = ()

    def with_method(
        self, queryset: QuerySet[Operation], name: str, value: str
    ) -> QuerySet[Operation]:
        # No method's name is part of another's.
        return queryset.filter(methods__contains=value)
