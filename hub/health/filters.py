"""What lists of checks can be filtered by."""

from __future__ import annotations

from django_filters.rest_framework import CharFilter, ChoiceFilter

from hub.health.models import Check
from hub.registry.filters import TruthFilter
from hub.registry.libraries import FilterSet
from hub.sdk.health import Status


class CheckFilters(FilterSet):
    plugin = CharFilter(field_name="plugin_id", help_text="Label of the plugin.")
    status = ChoiceFilter(
        choices=[(status.value, status.value) for status in Status],
        help_text="What the last run found.",
    )
    critical = TruthFilter(help_text="False for what makes the whole DEGRADED at most.")
    paused = TruthFilter(help_text="True for what an operator has paused.")
    present = TruthFilter(help_text="False for what has vanished from the code.")

    class Meta:
        model = Check
        fields = ()
