"""Workers as JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from hub.registry.serializers import StrictSerializer
from hub.runtime.models import Worker, WorkerRow
from hub.runtime.pausing import LONGEST_REASON
from hub.runtime.reading import word_of


class WorkerThereSerializer(serializers.ModelSerializer[WorkerRow]):
    """A traceback stays in the admin."""

    process = serializers.CharField(read_only=True, help_text="Host and process id.")

    class Meta:
        model = WorkerRow
        fields = ("process", "state", "since", "restarts", "crashes", "next_at", "error")
        read_only_fields = fields


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "paused", {"enabled": False, "reason": "The mail server moves."}, request_only=True
        )
    ]
)
class WorkerSerializer(StrictSerializer):
    plugin = serializers.CharField(source="plugin_id", read_only=True)
    status = serializers.SerializerMethodField(
        help_text="'vanished', 'off', 'paused', 'idle' where no process runs it, 'failing' while "
        "it crashes, or the state that counts most."
    )
    processes = WorkerThereSerializer(source="rows", many=True, read_only=True)
    reason = serializers.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=LONGEST_REASON,
        help_text="Goes into the history of the worker.",
    )

    class Meta:
        model = Worker
        fields: ClassVar[list[str]] = [
            *("name", "plugin", "description", "status", "enabled", "reason", "singleton"),
            *("restart", "stop_timeout", "processes"),
            *("present", "vanished_at", "first_seen_at"),
        ]
        read_only_fields: ClassVar[list[str]] = [
            name for name in fields if name not in {"enabled", "reason"}
        ]

    def get_status(self, worker: Any) -> str:
        return word_of(worker, worker.rows.all())
