"""Actions whose parameters the container fills. Those without such parameters stay as they are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.loader.injection.provisions import Need, needs_of
from hub.operations.container.container import Container
from hub.operations.container.wrapping import CONTEXT, filled, wants_context
from hub.operations.inputs import InputSpec
from hub.sdk.actions import ActionDeclaration
from hub.sdk.injection import InjectionError, injection_of
from hub.wire.signatures import Undescribable


@dataclass(frozen=True, slots=True)
class Filled:
    """``function`` and ``batch`` of an action, as they are called."""

    function: Callable[..., Any]
    batch: Callable[..., Any] | None

    def told(self, spec: InputSpec) -> InputSpec:
        """``spec``, with the call's context handed in where something that is made wants it."""
        if not wants_context(self.function):
            return spec
        return replace(spec, injected={**spec.injected, CONTEXT: "context"})


def filled_action(
    declaration: ActionDeclaration,
    hints: Mapping[str, Any],
    container: Container,
    *,
    plugin: str,
    name: str,
) -> Filled:
    """Raises :class:`Undescribable` naming what can't be filled, with the path to it."""
    try:
        needs = _marked(declaration.function, hints)
        function = declaration.function
        if needs:
            function = filled(function, needs, container, plugin=plugin, who=name)
        batch = declaration.batch
        if batch is not None and (wanted := needs_of(batch)):
            batch = filled(batch, wanted, container, plugin=plugin, who=f"{name} (batch)")
    except InjectionError as error:
        raise Undescribable(str(error)) from None
    return Filled(function, batch)


def _marked(function: Callable[..., Any], hints: Mapping[str, Any]) -> tuple[Need, ...]:
    found = {name: injection_of(hint) for name, hint in hints.items() if name != "return"}
    if not any(found.values()):
        return ()
    parameters = inspect.signature(function).parameters
    return tuple(
        Need(name, *marked, parameters[name].default is not inspect.Parameter.empty)
        for name, marked in found.items()
        if marked is not None
    )
