"""Workers as resources, at ``/api/runtime/``: what each does in which process, pause and resume."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Prefetch, QuerySet
from django_filters.rest_framework import CharFilter
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.routers import DefaultRouter
from rest_framework.serializers import BaseSerializer

from hub.registry.api import Rows
from hub.registry.filters import TruthFilter
from hub.registry.libraries import FilterSet
from hub.runtime import pausing
from hub.runtime.models import Worker
from hub.runtime.reading import live_rows
from hub.runtime.serializers import WorkerSerializer


class WorkerFilters(FilterSet):
    plugin = CharFilter(field_name="plugin_id", help_text="Label of the plugin.")
    singleton = TruthFilter(help_text="True for what one process of all runs.")
    enabled = TruthFilter(help_text="False for what an operator has paused.")
    present = TruthFilter(help_text="False for what has vanished from the code.")

    class Meta:
        model = Worker
        fields = ()


@extend_schema_view(
    list=extend_schema(
        operation_id="runtime_workers_list", summary="List workers", tags=["runtime"]
    ),
    retrieve=extend_schema(
        operation_id="runtime_workers_get", summary="Get one worker", tags=["runtime"]
    ),
    partial_update=extend_schema(
        operation_id="runtime_workers_update",
        summary="Pause or resume a worker",
        description="Takes effect in every process within a second.",
        tags=["runtime"],
    ),
)
class WorkerViews(mixins.UpdateModelMixin, Rows):
    """Workers by name. Reading needs ``runtime.view_worker``, changing ``runtime.change_worker``;
    a token or JWT also ``registry:read`` or ``registry:write``."""

    queryset = Worker.objects.all()
    serializer_class = WorkerSerializer
    filterset_class = WorkerFilters
    lookup_field = "name"
    http_method_names = ["get", "patch", "head", "options"]
    search_fields = ("name", "description")
    ordering_fields = ("name", "plugin", "enabled", "first_seen_at")
    ordering = ("name",)

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().select_related("plugin")
        return rows.prefetch_related(Prefetch("rows", live_rows()))

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        changes = serializer.validated_data
        if "enabled" in changes:
            pausing.switch(
                cast(Worker, serializer.instance),
                on=changes["enabled"],
                user_id=self.request.user.pk,
                reason=changes.get("reason", ""),
            )


resources = DefaultRouter(trailing_slash=False)
resources.include_root_view = False
resources.include_format_suffixes = False  # names hold dots
resources.register("workers", WorkerViews)
