"""What the list of instances can be narrowed by. Each costs one query, however many there are."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from hub.registry.instances.rows import STATUSES, Instance, InstanceService, Source
from hub.registry.libraries import DropdownFilter

_MOST: Final = 200  # names to choose from; others are found by the search


class StatusFilter(SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return STATUSES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class SourceFilter(SimpleListFilter):
    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Source.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(source=self.value()) if self.value() else queryset


class _NameFilter(DropdownFilter):
    """One of the names that occur."""

    column: ClassVar[str]
    rows: ClassVar[type[Instance] | type[InstanceService]] = Instance

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = self.rows._default_manager.order_by(self.column).distinct()
        names = list(found.values_list(self.column, flat=True)[:_MOST])
        chosen = request.GET.get(str(self.parameter_name), "")
        return [(name, name) for name in dict.fromkeys((*names, chosen)) if name]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.narrowed(queryset, self.value()) if self.value() else queryset

    def narrowed(self, queryset: QuerySet[Any], name: str | None) -> QuerySet[Any]:
        return queryset.filter(**{self.column: name})


class ServiceFilter(_NameFilter):
    title = "service"
    parameter_name = "service"
    column = "name"
    rows = InstanceService

    def narrowed(self, queryset: QuerySet[Any], name: str | None) -> QuerySet[Any]:
        # By id, so that the rows come in the order of the index and are not sorted.
        offering = InstanceService.objects.filter(name=name).order_by()
        return queryset.filter(pk__in=offering.values("instance"))


class ComponentFilter(_NameFilter):
    title = "component"
    parameter_name = "component"
    column = "component"


class ZoneFilter(_NameFilter):
    title = "zone"
    parameter_name = "zone"
    column = "zone"
