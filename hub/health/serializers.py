"""Checks as JSON."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers

from hub.health.models import Check
from hub.sdk.health import Status


class CheckSerializer(serializers.ModelSerializer[Check]):
    plugin = serializers.CharField(source="plugin_id", read_only=True)
    status = serializers.SerializerMethodField(
        help_text="UNKNOWN where the last result is older than three intervals."
    )
    active = serializers.BooleanField(
        source="counted", read_only=True, help_text="False while it is paused or its plugin off."
    )
    duration = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Seconds the last run took."
    )
    interval = serializers.FloatField(read_only=True, help_text="Seconds between two runs.")
    timeout = serializers.FloatField(read_only=True, help_text="The deadline in seconds.")
    since = serializers.DateTimeField(read_only=True, help_text="When the last status began.")

    class Meta:
        model = Check
        fields = (
            *("name", "plugin", "description", "interval", "timeout", "critical"),
            *("paused", "notes", "active", "status", "since", "last_run_at", "duration"),
            *("output", "consecutive_failures", "present", "vanished_at", "first_seen_at"),
        )
        read_only_fields = fields

    def get_status(self, check: Check) -> Status:
        return check.status_at(timezone.now())
