"""What the code declares, as the plain values the rows hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic_core import to_jsonable_python

from hub.loader.catalog import Plugin, PluginState
from hub.loader.services.entries import COMPONENT, IMPLEMENTATION, SERVICE
from hub.operations.engine import Engine
from hub.operations.operation import Operation, RefusedOperation
from hub.sdk.actions import MISSING, Example
from hub.sdk.components import CHANNELS, ComponentDeclaration
from hub.sdk.services import service_declaration_of

Values = dict[str, Any]
Rows = dict[str, Values]


def plugin_rows(engine: Engine) -> Rows:
    return {key: _plugin(engine, plugin) for key, plugin in engine.catalog.plugins.items()}


def service_rows(engine: Engine) -> Rows:
    """A plugin's actions are the service of its label; the others are declared."""
    rows = {plugin.label: _service(plugin, plugin.summary) for plugin in _with_actions(engine)}
    for plugin in engine.catalog.loaded():
        for entry in plugin.contributed(SERVICE):
            rows[entry.name] = _service(plugin, entry.detail)
        for entry in plugin.contributed(IMPLEMENTATION):
            # The interface's own plugin may have been refused after all.
            rows.setdefault(entry.value.service.name, _service(plugin, ""))
    return rows


def _service(plugin: Plugin, summary: str) -> Values:
    # What was called before it was declared is not only called any more.
    return _plain({"plugin_id": plugin.label, "summary": summary, "only_called": False})


def component_rows(engine: Engine) -> Rows:
    """What a plugin declares, and one of its label for what it has besides."""
    rows: Rows = {}
    for plugin in engine.catalog.loaded():
        declared = [entry.value.declaration for entry in plugin.contributed(COMPONENT)]
        rows.update({each.name: _component(plugin, each) for each in declared})
        bundled = {name for each in declared for name in _services(each)}
        loose = [name for name in _services_of(engine, plugin) if name not in bundled]
        if loose:
            # Actions can be called over all channels, services that nothing bundles over none.
            channels = CHANNELS if plugin.label in loose else ("rest",)
            own = rows.setdefault(plugin.label, _component(plugin, channels=channels))
            own["services"] = [*loose, *own["services"]]
    return rows


def operation_rows(engine: Engine) -> Rows:
    rows = {entry.name: _refused(entry) for entry in engine.operations.refused}
    rows.update((operation.name, _ready(operation)) for operation in engine.operations)
    return rows


def shown_examples(examples: Iterable[Example]) -> list[Values]:
    """Examples as JSON: ``{name, description, parameters}`` and ``result`` where one is given."""
    shown = []
    for example in examples:
        entry = {
            "name": example.name,
            "description": example.description,
            "parameters": dict(example.parameters),
        }
        if example.result is not MISSING:
            entry["result"] = example.result
        shown.append(_plain(entry))
    return shown


def _with_actions(engine: Engine) -> Iterator[Plugin]:
    every = (*engine.operations, *engine.operations.refused)
    owners = {entry.plugin for entry in every if entry.service in {"", entry.plugin}}
    return (plugin for plugin in engine.catalog.loaded() if plugin.label in owners)


def _services_of(engine: Engine, plugin: Plugin) -> list[str]:
    """The services whose work the plugin does."""
    own = [each.label for each in _with_actions(engine) if each.label == plugin.label]
    done = (entry.value.service.name for entry in plugin.contributed(IMPLEMENTATION))
    return [*own, *dict.fromkeys(done)]


def _component(
    plugin: Plugin,
    declaration: ComponentDeclaration | None = None,
    *,
    channels: tuple[str, ...] = (),
) -> Values:
    return _plain(
        {
            "plugin_id": plugin.label,
            "summary": declaration.description.partition("\n")[0] if declaration else "",
            "version": (declaration.version if declaration else "") or plugin.version,
            "services": _services(declaration) if declaration else [],
            "channels": declaration.channels if declaration else channels,
        }
    )


def _services(declaration: ComponentDeclaration) -> list[str]:
    found = map(service_declaration_of, declaration.services)
    return [each.name for each in found if each is not None]


def _plugin(engine: Engine, plugin: Plugin) -> Values:
    refused = plugin.state is PluginState.REFUSED
    # A refused plugin may claim the label of one that runs: the other's failures aren't its own.
    failures = plugin.failures if refused else engine.failures_of(plugin)
    return _plain(
        {
            "package": plugin.package,
            "source": plugin.source,
            "version": plugin.version,
            "summary": plugin.summary,
            "mount": plugin.mount,
            "builtin": plugin.builtin,
            "state": (plugin.state if refused else engine.state_of(plugin)).value,
            "links": [{"title": title, "address": address} for title, address in plugin.links],
            "requires": list(plugin.requires),
            "failures": [
                {"where": entry.where, "message": entry.message, "traceback": entry.traceback}
                for entry in failures
            ],
            "contributions": [
                {
                    "kind": entry.kind,
                    "name": entry.name,
                    "module": entry.module,
                    "detail": entry.detail,
                }
                for entry in plugin.contributions
            ],
        }
    )


def _ready(operation: Operation) -> Values:
    routes = [{"method": route.method, "path": route.path} for route in operation.routes]
    return _plain(
        {
            "plugin_id": operation.plugin,
            "service_id": operation.service or operation.plugin,
            "state": "ready",
            "reason": "",
            "traceback": "",
            "summary": operation.summary,
            "description": operation.description,
            "access": operation.access.describe(),
            "timeout": operation.timeout,
            "is_async": operation.is_async,
            "methods": " ".join(dict.fromkeys(route["method"] for route in routes)),
            "routes": routes,
            "input_schema": operation.input.json_schema,
            "output_schema": operation.output.json_schema,
            "examples": shown_examples(operation.examples),
        }
    )


def _refused(entry: RefusedOperation) -> Values:
    return _plain(
        {
            "plugin_id": entry.plugin,
            "service_id": entry.service or entry.plugin,
            "state": "refused",
            "reason": entry.reason,
            "traceback": entry.traceback,
            "summary": "",
            "description": "",
            "access": "",
            "timeout": None,
            "is_async": False,
            "methods": "",
            "routes": [],
            "input_schema": {},
            "output_schema": {},
            "examples": [],
        }
    )


def _plain(values: Values) -> Values:
    """``values`` as every database stores them: JSON without NaN, NUL or lone surrogates, which
    PostgreSQL refuses. What a plugin says of itself must never break the sync."""
    plain: Values = _clean(to_jsonable_python(values, fallback=str, inf_nan_mode="strings"))
    return plain


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        text = value.encode("utf-8", "replace").decode("utf-8")
        return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_clean(entry) for entry in value]
    return value
