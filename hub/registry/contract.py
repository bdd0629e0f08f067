"""What a plugin promises those who use it, as plain values that can be kept and compared.

An item is ``"<kind> <name>"`` (``operation stock.move``, ``route POST /api/stock/move``,
``GraphQL type Item`` …) with up to three kinds of facts:

``takes``
    parameters by name: ``{type, required, default}``, where types and defaults are fingerprints
``gives``
    members of the result, or fields of a GraphQL type, by name; ``""`` is a result without members
``says``
    other things by name, in words
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hub.loader.catalog import Contribution, Plugin
from hub.loader.modules.api import ninja_operations
from hub.loader.modules.graphql import camel_case
from hub.loader.web_paths import PREFIX
from hub.operations.engine import Engine
from hub.operations.fingerprints import fingerprint, reference
from hub.operations.operation import Operation
from hub.registry.contract_routes import ninja_schemas
from hub.wire.redaction import redact_text

Facts = dict[str, Any]
Items = dict[str, Facts]
Schema = Mapping[str, Any]

_WORDS: Final = frozenset({"title", "description", "examples", "default"})
_NAMES: Final = frozenset({"properties", "$defs", "patternProperties"})


def contract_of(engine: Engine, plugin: Plugin) -> Items:
    """Every item of a loaded plugin."""
    items: Items = {}
    for operation in engine.operations.of(plugin.label):
        items.update(_operation(operation))
    for contribution in plugin.contributions:
        items.update(_contribution(plugin, contribution))
    return dict(sorted(items.items()))


def settings_schema(plugin: Plugin) -> Schema:
    """JSON Schema of the plugin's settings; empty if it has none."""
    for contribution in plugin.contributed("settings"):
        model = getattr(contribution.value, "settings", contribution.value)
        describe = getattr(model, "model_json_schema", None)
        if describe is not None:
            found: Schema = describe()
            return found
    return {}


def _operation(operation: Operation) -> Iterator[tuple[str, Facts]]:
    yield (
        f"operation {operation.name}",
        {
            "takes": _takes(operation.input.json_schema),
            "gives": _gives(operation.output.json_schema),
            "says": {"access": operation.access.describe()},
        },
    )
    for route in operation.routes:
        yield f"route {route.method} {route.path}", {"says": {"operation": operation.name}}
    for page in operation.pages:
        yield f"page {page.path}", {"says": {"operation": operation.name}}
    for number, schedule in enumerate(operation.schedules, start=1):
        yield f"schedule {operation.name} {number}", {"says": {"when": redact_text(repr(schedule))}}


def _contribution(plugin: Plugin, contribution: Contribution) -> Iterator[tuple[str, Facts]]:
    match contribution.kind:
        case "action" | "implementation":
            return  # its operations say more
        case "router":
            for method, path, operation in ninja_operations(contribution.value):
                takes, gives = ninja_schemas(operation)
                facts = {"takes": _takes(takes), "gives": _gives(gives) if gives else {}}
                yield f"route {method} {PREFIX}/{plugin.mount}{path}", facts
        case "graphql":
            types = {**contribution.value.roots, **contribution.value.types}
            for name, made in types.items():
                yield f"GraphQL type {name}", {"gives": _fields(made)}
        case "schedule":
            when = {"when": redact_text(repr(contribution.value))}
            yield f"schedule {contribution.name}", {"says": when}
        case "settings":
            yield "settings", {"takes": _takes(settings_schema(plugin))}
        case kind:
            yield f"{kind.replace('_', ' ')} {contribution.name}", {}


def _takes(schema: Schema) -> dict[str, Facts]:
    definitions = _bare(schema.get("$defs", {}), names=True)
    required = schema.get("required", ())
    return {
        name: {
            "type": _short(fingerprint(_bare(node), definitions)),
            "required": name in required,
            "default": _short(json.dumps(node.get("default"), sort_keys=True, default=str)),
        }
        for name, node in schema.get("properties", {}).items()
    }


def _gives(schema: Schema) -> dict[str, str]:
    definitions = _bare(schema.get("$defs", {}), names=True)
    node = _bare(schema)
    seen: set[str] = set()
    while (name := reference(node)) in definitions and name not in seen:
        seen.add(name)
        node = definitions[name]
    members = node.get("properties") or {"": {k: v for k, v in node.items() if k != "$defs"}}
    return {name: _short(fingerprint(member, definitions)) for name, member in members.items()}


def _fields(made: Any) -> dict[str, str]:
    """Of a graphene class; its enum values have no type."""
    meta = getattr(made, "_meta", None)
    values = getattr(getattr(meta, "enum", None), "__members__", None)
    if values is not None:
        return dict.fromkeys(values, "")
    fields = getattr(meta, "fields", None) or {}
    return {
        str(getattr(field, "name", None) or camel_case(name)): str(getattr(field, "type", ""))
        for name, field in fields.items()
    }


def _bare(node: Any, *, names: bool = False) -> Any:
    """A schema without its words for people. Of ``names``, the keys are names, not keywords."""
    if isinstance(node, Mapping):
        return {
            key: _bare(value, names=not names and key in _NAMES)
            for key, value in node.items()
            if names or key not in _WORDS
        }
    return [_bare(entry) for entry in node] if isinstance(node, list) else node


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
