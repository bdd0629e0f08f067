"""Checks as resources, at ``/api/health/``."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from hub.health.filters import CheckFilters
from hub.health.healthz import READ_SCOPE
from hub.health.models import Check
from hub.health.serializers import CheckSerializer
from hub.registry.libraries import FilterBackend
from hub.registry.lists import KnownParameters, Ordering, Pages, Search
from hub.sdk.access import Denied, refusal, requires_scope
from hub.sdk.callers import Caller
from hub.security.drf import ScopedModelPermissions


class HealthPermissions(ScopedModelPermissions):
    """The permission ``health.view_check``; a token or JWT also needs the scope ``health:read``,
    and is not asked for the registry's."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, Caller) and request.auth.kind in {"token", "jwt"}:
            verdict = requires_scope(READ_SCOPE).decide(request.auth, {})
            if isinstance(verdict, Denied):
                raise refusal(verdict, request.auth)
        return request.method in SAFE_METHODS and super(
            ScopedModelPermissions, self
        ).has_permission(request, view)


@extend_schema_view(
    list=extend_schema(operation_id="health_checks_list", summary="List checks", tags=["health"]),
    retrieve=extend_schema(
        operation_id="health_checks_get", summary="Get one check", tags=["health"]
    ),
)
class CheckViews(viewsets.ReadOnlyModelViewSet[Any]):
    """Health checks by name."""

    queryset = Check.objects.select_related("plugin")
    serializer_class = CheckSerializer
    filterset_class = CheckFilters
    permission_classes = (HealthPermissions,)
    filter_backends = (KnownParameters, FilterBackend, Ordering, Search)
    pagination_class = Pages
    lookup_field = "name"
    lookup_value_regex = "[^/]+"
    search_fields = ("name", "description", "output")
    ordering_fields = ("name", "plugin", "since", "last_run_at", "duration", "interval")
    ordering = ("name",)


resources = DefaultRouter(trailing_slash=False)
resources.include_root_view = False
resources.include_format_suffixes = False  # names hold dots
resources.register("checks", CheckViews)
