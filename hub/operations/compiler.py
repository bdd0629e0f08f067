"""Declarations become operations, once. One that can't be described is refused; the rest work."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from hub.loader.catalog import Catalog, Plugin
from hub.loader.services.entries import IMPLEMENTATION, ImplementationEntry
from hub.loader.starts import starts
from hub.loader.web_paths import normalised, page_path, placeholders, web_path
from hub.operations.container.container import Container, container_of
from hub.operations.filling import filled_action
from hub.operations.inputs import InputSpec, input_spec
from hub.operations.nested import methods_of, owner_types, with_owner, without_self
from hub.operations.operation import (
    Operation,
    Operations,
    OwnerSpec,
    PageRoute,
    RefusedOperation,
    WebRoute,
)
from hub.operations.outputs import output_spec
from hub.operations.running import is_async
from hub.operations.services.binding import bound
from hub.operations.streamed import streamed, yielding
from hub.sdk.actions import ActionDeclaration
from hub.sdk.triggers import PageTrigger, ScheduleTrigger, WebTrigger
from hub.wire.errors import HubError
from hub.wire.signatures import Undescribable, type_hints


def compile_operations(
    catalog: Catalog, *, default_timeout: float, container: Container | None = None
) -> Operations:
    """All operations of the catalog's plugins. ``default_timeout`` is in seconds; ``container``
    fills the parameters that are marked, by default one of the catalog's own providers."""
    compiler = _Compiler(default_timeout, container or container_of(catalog))
    for plugin in catalog.loaded():
        with starts.step(plugin.label, "operations"):
            for contribution in plugin.contributed("action"):
                compiler.add(plugin, contribution.value)
            for contribution in plugin.contributed(IMPLEMENTATION):
                compiler.add_service(plugin, contribution.value)
    return Operations(MappingProxyType(compiler.compiled), tuple(compiler.refused))


class _Compiler:
    """Collects what was compiled and what was refused."""

    def __init__(self, default_timeout: float, container: Container) -> None:
        self.compiled: dict[str, Operation] = {}
        self.refused: list[RefusedOperation] = []
        self._default_timeout = default_timeout
        self._container = container
        self._owners: dict[str, type] = {}
        self._seen: set[tuple[str, type]] = set()
        self._words: dict[str, str] = {}
        self._routes: dict[tuple[str, str], str] = {}

    def add(
        self, plugin: Plugin, declaration: ActionDeclaration, owner: type | None = None
    ) -> None:
        """Compile one declaration, and the nested actions of the types it returns."""
        own = declaration.name if owner is None else f"{owner.__name__}.{declaration.name}"
        self._add(plugin, f"{plugin.label}.{own}", plugin.label, lambda: declaration, owner)

    def add_service(self, plugin: Plugin, entry: ImplementationEntry) -> None:
        """Compile the methods of a service that the plugin implements."""
        for own, declaration in entry.methods():
            name, bind = f"{plugin.label}.{own}", partial(bound, entry, declaration)
            self._add(plugin, name, entry.service.name, bind)

    def _add(
        self,
        plugin: Plugin,
        name: str,
        service: str,
        declared: Callable[[], ActionDeclaration],
        owner: type | None = None,
    ) -> None:
        try:
            operation, hint = self._operation(plugin, declared(), name, owner)
            self._claim(operation)
            self.compiled[name] = replace(operation, service=service)
            self._add_nested(plugin, hint)
        except Undescribable as error:
            self._refuse(plugin, name, service, f"{name} is left out: {error}")
        except Exception as error:  # noqa: BLE001 - one action can fail, the others work
            reason = f"{name} is left out: {type(error).__name__}: {error}"
            self._refuse(plugin, name, service, reason, traceback.format_exc())

    def _refuse(
        self, plugin: Plugin, name: str, service: str, reason: str, trace: str = ""
    ) -> None:
        self.refused.append(RefusedOperation(name, plugin.label, reason, trace, service))

    def _add_nested(self, plugin: Plugin, hint: Any) -> None:
        for owner in owner_types(hint):
            name = f"{plugin.label}.{owner.__name__}"
            known = self._owners.setdefault(name, owner)
            if (plugin.label, owner) in self._seen:
                continue
            self._seen.add((plugin.label, owner))
            if known is not owner:
                reason = f"{name} is left out: two types with nested actions have this name."
                self._refuse(plugin, name, plugin.label, reason)
                continue
            for declaration in methods_of(owner):
                self.add(plugin, declaration, owner)

    def _claim(self, operation: Operation) -> None:
        # Documents name operations with underscores, where a.b_c and a.b.c are one.
        word = operation.name.replace(".", "_")
        other = self._words.setdefault(word, operation.name)
        if other != operation.name or operation.name in self.compiled:
            raise Undescribable(f"its name is too much like that of {other}.")
        for route in operation.routes:
            key = (route.method, normalised(route.path))
            other = self._routes.setdefault(key, operation.name)
            if other != operation.name:
                raise Undescribable(f"{route.method} {route.path} is already {other}.")

    def _operation(
        self, plugin: Plugin, declaration: ActionDeclaration, name: str, owner: type | None
    ) -> tuple[Operation, Any]:
        hints = type_hints(declaration.function)
        stream = streamed(declaration, hints, owner)
        if stream is not None:
            declaration = replace(declaration, function=yielding(declaration.function, stream))
        action = filled_action(declaration, hints, self._container, plugin=plugin.label, name=name)
        signature = inspect.signature(action.function)
        own = None
        if owner is not None:
            signature = without_self(signature)
            own = OwnerSpec(owner, input_spec(_title(f"{name}.own"), signature, hints))
            signature, hints = with_owner(signature, hints, owner)
        spec = action.told(input_spec(_title(name), signature, hints))
        result = hints.get("return", Any) if stream is None else stream.item
        operation = Operation(
            name=name,
            plugin=plugin.label,
            summary=declaration.description.partition("\n")[0],
            description=declaration.description,
            function=action.function,
            is_async=is_async(declaration.function) if stream is None else stream.is_async,
            streams=stream is not None,
            input=spec,
            output=output_spec(result),
            access=declaration.access,
            timeout=declaration.timeout or self._default_timeout,
            examples=declaration.examples,
            cache=declaration.cache,
            raises=declaration.raises,
            owner=own,
            batch=action.batch,
            **_reached(plugin, declaration, name, spec, owner),
        )
        return operation, result


def _title(name: str) -> str:
    words = re.split(r"[._]", name)
    return "".join(word[:1].upper() + word[1:] for word in words) + "Arguments"


def _reached(
    plugin: Plugin,
    declaration: ActionDeclaration,
    name: str,
    spec: InputSpec,
    owner: type | None,
) -> dict[str, Any]:
    """What the declaration's triggers come to."""
    triggers = declaration.triggers
    if owner is not None:
        return {"routes": tuple(_nested_routes(plugin, declaration, spec, owner))}
    if declaration.batch is not None:
        raise Undescribable("batch= is for nested actions: methods of the types actions return.")
    return {
        "routes": tuple(
            _route(plugin, declaration.name, trigger, spec)
            for trigger in triggers
            if isinstance(trigger, WebTrigger)
        ),
        "pages": tuple(
            _page(plugin, declaration.name, trigger, spec)
            for trigger in triggers
            if isinstance(trigger, PageTrigger)
        ),
        "schedules": tuple(
            _schedule(trigger, spec) for trigger in triggers if isinstance(trigger, ScheduleTrigger)
        ),
    }


def _nested_routes(
    plugin: Plugin, declaration: ActionDeclaration, spec: InputSpec, owner: type
) -> Iterator[WebRoute]:
    """``/api/<mount>/<type>/<method>``, by POST where the declaration names no web trigger."""
    own = f"{_kebab(owner.__name__)}/{declaration.name.replace('_', '-')}"
    if any(not isinstance(trigger, WebTrigger) for trigger in declaration.triggers):
        raise Undescribable("a nested action takes web triggers only.")
    for trigger in declaration.triggers or (WebTrigger("POST"),):
        if isinstance(trigger, WebTrigger):
            yield _route(plugin, own, trigger, spec)


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower().replace("_", "-")


def _route(plugin: Plugin, name: str, trigger: WebTrigger, spec: InputSpec) -> WebRoute:
    path, names = _path(plugin, name, trigger, spec, web_path)
    return WebRoute(trigger.method, path, names)


def _page(plugin: Plugin, name: str, trigger: PageTrigger, spec: InputSpec) -> PageRoute:
    path, names = _path(plugin, name, trigger, spec, page_path)
    own = trigger.template or f"{name}.html"
    return PageRoute(path, names, f"{plugin.label}/{own}" if "/" not in own else own)


def _path(
    plugin: Plugin,
    name: str,
    trigger: Any,
    spec: InputSpec,
    make: Callable[[str, str, Any], str],
) -> tuple[str, tuple[str, ...]]:
    try:
        path = make(plugin.mount, name, trigger)
        names = placeholders(path)
    except ValueError as error:
        raise Undescribable(str(error)) from None
    unknown = [given for given in names if given not in spec.parameters]
    if unknown:
        raise Undescribable(f"the path {path} names '{unknown[0]}', which is no parameter.")
    return path, names


def _schedule(trigger: ScheduleTrigger, spec: InputSpec) -> ScheduleTrigger:
    """The schedule, once its arguments are sure to be ones the operation takes."""
    try:
        spec.read(dict(trigger.arguments))
    except HubError as error:
        raise Undescribable(f"its schedule's arguments are wrong: {error.message}") from None
    return trigger
