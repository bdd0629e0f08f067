"""Registry resources, at ``/api/registry/``."""

from __future__ import annotations

from typing import Any, cast

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.serializers import BaseSerializer

from hub.registry import filters, serializers
from hub.registry.instances.circuit_routes import router as router
from hub.registry.libraries import FilterBackend
from hub.registry.lists import KnownParameters, Ordering, Pages, Search
from hub.registry.models import Component, Operation, Plugin, Service
from hub.registry.switches import switch
from hub.security.drf import ScopedModelPermissions


class Rows(viewsets.ReadOnlyModelViewSet[Any]):
    """Rows by the name the code gave them."""

    permission_classes = (ScopedModelPermissions,)
    filter_backends = (KnownParameters, FilterBackend, Ordering, Search)
    pagination_class = Pages
    lookup_value_regex = "[^/]+"


def _documented(one: str, many: str, **more: Any) -> Any:
    return extend_schema_view(
        list=extend_schema(
            operation_id=f"registry_{many}_list", summary=f"List {many}", tags=["registry"]
        ),
        retrieve=extend_schema(
            operation_id=f"registry_{many}_get", summary=f"Get one {one}", tags=["registry"]
        ),
        **more,
    )


@_documented(
    "plugin",
    "plugins",
    partial_update=extend_schema(
        operation_id="registry_plugins_update",
        summary="Switch a plugin on or off, or note something",
        description="Takes effect in every process within a second.",
        tags=["registry"],
    ),
)
class PluginViews(mixins.UpdateModelMixin, Rows):
    queryset = Plugin.objects.all()
    serializer_class = serializers.PluginSerializer
    filterset_class = filters.PluginFilters
    lookup_field = "label"
    http_method_names = ["get", "patch", "head", "options"]
    search_fields = ("label", "summary", "package")
    ordering_fields = ("label", "state", "enabled", "first_seen_at")
    ordering = ("label",)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.action == "retrieve":
            return serializers.PluginDetailSerializer
        return super().get_serializer_class()

    @extend_schema(
        operation_id="registry_plugins_changes",
        summary="List the changes of a plugin's version and contract",
        description="The newest first. Breaking ones break callers of what was there before.",
        tags=["registry"],
        responses=serializers.PluginChangeSerializer(many=True),
    )
    @action(detail=True, filter_backends=(KnownParameters,), filterset_class=None, search_fields=())
    def changes(self, request: Request, label: str) -> Response:
        page = self.paginate_queryset(self.get_object().changes.all())
        rows = serializers.PluginChangeSerializer(page, many=True)
        return self.get_paginated_response(rows.data)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        plugin = cast(Plugin, serializer.instance)
        changes = serializer.validated_data
        with transaction.atomic():
            if "notes" in changes:
                plugin.notes = changes["notes"]
                plugin.save(update_fields=["notes"])
            if "enabled" in changes:
                switch(plugin, on=changes["enabled"], user_id=self.request.user.pk)


@_documented("service", "services")
class ServiceViews(Rows):
    queryset = Service.objects.all()
    serializer_class = serializers.ServiceSerializer
    filterset_class = filters.ServiceFilters
    lookup_field = "name"
    search_fields = ("name", "summary")
    ordering_fields = ("name", "plugin", "first_seen_at")
    ordering = ("name",)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.action == "retrieve":
            return serializers.ServiceDetailSerializer
        return super().get_serializer_class()


@_documented("component", "components")
class ComponentViews(Rows):
    queryset = Component.objects.all()
    serializer_class = serializers.ComponentSerializer
    filterset_class = filters.ComponentFilters
    lookup_field = "name"
    search_fields = ("name",)
    ordering_fields = ("name", "plugin", "first_seen_at")
    ordering = ("name",)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.action == "retrieve":
            return serializers.ComponentDetailSerializer
        return super().get_serializer_class()


@_documented("operation", "operations")
class OperationViews(Rows):
    queryset = Operation.objects.all()
    serializer_class = serializers.OperationSerializer
    filterset_class = filters.OperationFilters
    lookup_field = "name"
    search_fields = ("name", "summary", "description")
    ordering_fields = ("name", "plugin", "state", "access", "timeout", "first_seen_at")
    ordering = ("name",)


resources = DefaultRouter(trailing_slash=False)
resources.include_root_view = False
resources.include_format_suffixes = False  # names hold dots
resources.register("plugins", PluginViews)
resources.register("services", ServiceViews)
resources.register("components", ComponentViews)
resources.register("operations", OperationViews)
