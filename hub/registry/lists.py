"""Lists of resources: pages, and query parameters that are never ignored in silence."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend, OrderingFilter, SearchFilter
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from hub.registry.libraries import FilterBackend


class Pages(LimitOffsetPagination):
    default_limit = 50
    max_limit = 100
    limit_query_description = "How many to return, at most 100."
    offset_query_description = "How many to leave out first."

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit, offset = super().get_schema_operation_parameters(view)
        limit["schema"] |= {"minimum": 1, "maximum": self.max_limit, "default": self.default_limit}
        offset["schema"] |= {"minimum": 0, "maximum": 2**31, "default": 0}
        return [limit, offset]

    def get_limit(self, request: Request) -> int:
        return _number(request, "limit", least=1, most=self.max_limit) or self.default_limit

    def get_offset(self, request: Request) -> int:
        return _number(request, "offset", least=0, most=2**31) or 0


class Ordering(OrderingFilter):
    """Refuses fields it can't order by."""

    ordering_description = "A field to order by, with '-' in front for the reverse."

    def remove_invalid_fields(self, queryset: Any, fields: Any, view: Any, request: Request) -> Any:
        valid = {name for name, _ in self.get_valid_fields(queryset, view, {"request": request})}
        wrong = [field for field in fields if field.removeprefix("-") not in valid]
        if wrong:
            raise ValidationError(
                {"ordering": [f"can't order by {', '.join(wrong)}; by {', '.join(sorted(valid))}"]}
            )
        return fields


class Search(SearchFilter):
    search_description = "Words that must occur."

    def get_search_terms(self, request: Request) -> list[str]:
        try:
            terms: list[str] = super().get_search_terms(request)
        except ValidationError as error:
            raise ValidationError({"search": error.detail}) from None
        return terms


class KnownParameters(BaseFilterBackend):
    """Refuses query parameters the list does not know."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filters = FilterBackend().get_filterset_class(view, queryset)
        known = {
            "limit",
            "offset",
            "ordering",
            "search",
            *(filters.base_filters if filters else ()),
        }
        unknown = sorted(request.query_params.keys() - known)
        if unknown:
            raise ValidationError(
                {name: ["there is no such parameter"] for name in unknown}, code="unknown_field"
            )
        repeated = [name for name, texts in request.query_params.lists() if len(texts) > 1]
        if repeated:
            raise ValidationError(
                {name: ["is given more than once"] for name in repeated}, code="repeated"
            )
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[Any]:
        return []


def _number(request: Request, name: str, *, least: int, most: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
        raise ValidationError({name: [f"must be a whole number from {least} to {most}"]})
    return int(text)
