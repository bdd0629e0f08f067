"""Registry rows as JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from hub.loader.starts import NOTHING, Cost
from hub.operations.engine import engine
from hub.registry.component_states import states_of, word_of
from hub.registry.contract import settings_schema
from hub.registry.introspection import milliseconds, steps_of
from hub.registry.models import Component, Operation, Plugin, PluginChange, Service, ServiceVersion
from hub.registry.removal.plan import dependents


class LinkSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    address = serializers.CharField()


class FailureSerializer(serializers.Serializer[Any]):
    """A traceback stays in the admin."""

    where = serializers.CharField(help_text="Manifest, convention module or operation.")
    message = serializers.CharField()


class ContributionSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    name = serializers.CharField()
    module = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)


class RouteSerializer(serializers.Serializer[Any]):
    method = serializers.CharField()
    path = serializers.CharField()


class OperationExampleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    parameters = serializers.DictField()
    result = serializers.JSONField(required=False)


class StrictSerializer(serializers.ModelSerializer[Any]):
    """Refuses members that are unknown or read-only, where DRF would drop them in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            wrong = {name: [self._why(name)] for name in data if not self._writable(name)}
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    def _writable(self, name: str) -> bool:
        return name in self.fields and not self.fields[name].read_only

    def _why(self, name: str) -> ErrorDetail:
        if name in self.fields:
            return ErrorDetail("is declared by the code and can't be changed", "read_only")
        return ErrorDetail("there is no such field", "unknown_field")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "switched off",
            {"enabled": False, "notes": "Off until the move is done."},
            request_only=True,
        )
    ]
)
class PluginSerializer(StrictSerializer):
    links = LinkSerializer(many=True, read_only=True)
    failures = FailureSerializer(many=True, read_only=True, source="problems")
    contributions = ContributionSerializer(many=True, read_only=True)
    requires = serializers.ListField(child=serializers.CharField(), read_only=True)
    status = serializers.CharField(
        read_only=True, help_text="The state, or 'off' or 'vanished' where that counts more."
    )
    notes = serializers.CharField(required=False, allow_blank=True, max_length=10_000)

    class Meta:
        model = Plugin
        fields: ClassVar[list[str]] = [
            *("label", "status", "state", "enabled", "notes", "version", "summary", "builtin"),
            *("package", "source", "mount", "links", "requires", "failures", "contributions"),
            *("present", "vanished_at", "first_seen_at"),
        ]
        read_only_fields: ClassVar[list[str]] = [
            name for name in fields if name not in {"enabled", "notes"}
        ]


class StartStepSerializer(serializers.Serializer[Any]):
    step = serializers.CharField(help_text="'manifest', 'models', 'ready', or a module's name.")
    ms = serializers.FloatField(help_text="Milliseconds on the clock.")


class PluginDetailSerializer(PluginSerializer):
    """With what the code says that runs in the answering process."""

    required_by = serializers.SerializerMethodField()
    settings_schema = serializers.SerializerMethodField()
    start = serializers.SerializerMethodField()
    start_ms = serializers.SerializerMethodField()

    class Meta(PluginSerializer.Meta):
        fields: ClassVar[list[str]] = [
            *PluginSerializer.Meta.fields,
            *("required_by", "settings_schema", "start", "start_ms"),
        ]

    def get_required_by(self, row: Plugin) -> list[str]:
        """Labels of the plugins that require it."""
        return dependents(row.label, engine())

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_settings_schema(self, row: Plugin) -> dict[str, Any]:
        """JSON Schema of its settings; empty if it has none."""
        loaded = engine().catalog.plugins.get(row.label)
        return dict(settings_schema(loaded)) if loaded else {}

    @extend_schema_field(StartStepSerializer(many=True))
    def get_start(self, row: Plugin) -> list[dict[str, Any]]:
        """What each step of its start took in the answering process."""
        return steps_of(self._cost(row))

    def get_start_ms(self, row: Plugin) -> float:
        """The sum of these."""
        return milliseconds(self._cost(row).seconds)

    def _cost(self, row: Plugin) -> Cost:
        loaded = engine().catalog.plugins.get(row.label)
        return engine().cost_of(loaded) if loaded else NOTHING


class ChangedSerializer(serializers.Serializer[Any]):
    item = serializers.CharField()
    what = serializers.ListField(child=serializers.CharField())
    breaking = serializers.BooleanField()


class PluginChangeSerializer(serializers.ModelSerializer[PluginChange]):
    added = serializers.ListField(child=serializers.CharField(), read_only=True)
    changed = ChangedSerializer(many=True, read_only=True)
    removed = serializers.ListField(child=serializers.CharField(), read_only=True)
    unversioned = serializers.BooleanField(
        read_only=True, help_text="The contract changed, and the version did not."
    )

    class Meta:
        model = PluginChange
        fields = (
            *("at", "from_version", "to_version", "breaking", "unversioned"),
            *("added", "changed", "removed"),
        )
        read_only_fields = fields


class ServiceVersionSerializer(serializers.ModelSerializer[ServiceVersion]):
    methods = serializers.DictField(
        read_only=True,
        help_text="By name: JSON Schemas of 'arguments' and 'result', and whether it 'streams'.",
    )

    class Meta:
        model = ServiceVersion
        fields = ("version", "contract", "methods", "present", "first_seen_at")
        read_only_fields = fields


class ServiceSerializer(serializers.ModelSerializer[Service]):
    plugin = serializers.CharField(
        source="plugin_id",
        read_only=True,
        allow_null=True,
        help_text="The plugin that declares it; null for one that is known by its instances, or by "
        "the calls to it, only.",
    )
    known = serializers.ChoiceField(
        choices=Service.Known.choices,
        read_only=True,
        help_text="'declared' by a plugin, 'registered' by instances only, 'called' by the hub's "
        "processes only, or 'vanished'.",
    )

    class Meta:
        model = Service
        fields: ClassVar[list[str]] = [
            *("name", "plugin", "known", "summary", "present", "vanished_at", "first_seen_at"),
        ]
        read_only_fields = fields


class ServiceDetailSerializer(ServiceSerializer):
    """With what it promises, the newest version first."""

    versions = ServiceVersionSerializer(many=True, read_only=True)

    class Meta(ServiceSerializer.Meta):
        fields: ClassVar[list[str]] = [*ServiceSerializer.Meta.fields, "versions"]
        read_only_fields = fields


class ComponentSerializer(serializers.ModelSerializer[Component]):
    plugin = serializers.CharField(source="plugin_id", read_only=True)
    services = serializers.ListField(child=serializers.CharField(), read_only=True)
    channels = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Component
        fields: ClassVar[list[str]] = [
            *("name", "plugin", "summary", "version", "services", "channels"),
            *("present", "vanished_at", "first_seen_at"),
        ]
        read_only_fields = fields


class ComponentThereSerializer(serializers.Serializer[Any]):
    """A traceback stays in the admin."""

    process = serializers.CharField(help_text="Host and process id.")
    state = serializers.CharField()
    since = serializers.DateTimeField()
    error = serializers.CharField()


class ComponentDetailSerializer(ComponentSerializer):
    """With what it does in the processes that live."""

    status = serializers.SerializerMethodField(
        help_text="'vanished', 'off', the state that counts most, or nothing where there is "
        "nothing to start."
    )
    processes = serializers.SerializerMethodField()

    class Meta(ComponentSerializer.Meta):
        fields: ClassVar[list[str]] = [
            *ComponentSerializer.Meta.fields,
            *("status", "processes"),
        ]
        read_only_fields = fields

    def get_status(self, row: Component) -> str:
        return word_of(row, states_of([row.name]).get(row.name, ()))

    @extend_schema_field(ComponentThereSerializer(many=True))
    def get_processes(self, row: Component) -> Any:
        there = states_of([row.name]).get(row.name, ())
        return ComponentThereSerializer(there, many=True).data


class OperationSerializer(serializers.ModelSerializer[Operation]):
    plugin = serializers.CharField(source="plugin_id", read_only=True)
    service = serializers.CharField(source="service_id", read_only=True)
    routes = RouteSerializer(many=True, read_only=True)
    examples = OperationExampleSerializer(many=True, read_only=True)
    input_schema = serializers.DictField(read_only=True, help_text="JSON Schema, draft 2020-12.")
    output_schema = serializers.DictField(read_only=True, help_text="JSON Schema, draft 2020-12.")
    timeout = serializers.FloatField(
        read_only=True, allow_null=True, help_text="The deadline in seconds."
    )

    class Meta:
        model = Operation
        fields = (
            *("name", "plugin", "service", "state", "reason", "summary", "description", "access"),
            *("timeout", "is_async", "routes", "input_schema", "output_schema", "examples"),
            *("present", "vanished_at", "first_seen_at"),
        )
        read_only_fields = fields
