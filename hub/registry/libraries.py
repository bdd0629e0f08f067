"""The typed door to libraries that ship no types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from rest_framework.filters import BaseFilterBackend

if TYPE_CHECKING:
    UnfoldModelAdmin = admin.ModelAdmin
    DropdownFilter = admin.SimpleListFilter

    class FilterSet:
        """django-filter's, as far as it is used here."""

        base_filters: dict[str, Any]

    class FilterBackend(BaseFilterBackend):
        def get_filterset_class(
            self, view: Any, queryset: QuerySet[Model] | None = None
        ) -> type[FilterSet] | None: ...

else:
    from django_filters.rest_framework import DjangoFilterBackend as FilterBackend
    from django_filters.rest_framework import FilterSet
    from unfold.admin import ModelAdmin as UnfoldModelAdmin
    from unfold.contrib.filters.admin import DropdownFilter

__all__ = ["DropdownFilter", "FilterBackend", "FilterSet", "UnfoldModelAdmin"]
