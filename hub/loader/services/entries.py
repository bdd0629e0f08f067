"""What ``services.py`` contributes: declarations, with what they provide to be injected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hub.loader.injection.provisions import Provision
from hub.sdk.actions import ActionDeclaration
from hub.sdk.components import ComponentDeclaration
from hub.sdk.services import ImplementationDeclaration, ServiceDeclaration, service_declaration_of
from hub.sdk.triggers import PageTrigger, Trigger, WebTrigger

SERVICE = "service"
IMPLEMENTATION = "implementation"
COMPONENT = "component"


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """``provisions`` holds what calls the service, by the interface."""

    declaration: ServiceDeclaration
    provisions: tuple[Provision, ...]


@dataclass(frozen=True, slots=True)
class ImplementationEntry:
    """``provisions`` holds the implementation's own object, by its class; of one with a qualifier
    also what calls it, by the interface."""

    declaration: ImplementationDeclaration
    provisions: tuple[Provision, ...]

    @property
    def service(self) -> ServiceDeclaration:
        found = service_declaration_of(self.declaration.interface)
        if found is None:
            raise TypeError(f"{self.declaration.interface.__name__} is no service.")
        return found

    def methods(self) -> Iterator[tuple[str, ActionDeclaration]]:
        """The name of each operation below the plugin's label (``inventory.item``), with the
        interface's declaration, whose triggers have their full paths."""
        service, qualifier = self.service, self.declaration.qualifier
        words = [service.name.replace("-", "_"), *([_word(qualifier)] if qualifier else [])]
        prefix = f"{service.path}/{qualifier.replace('_', '-')}" if qualifier else service.path
        for each in service.methods:
            triggers = (_placed(trigger, each.name, prefix, words) for trigger in each.triggers)
            yield ".".join((*words, each.name)), replace(each, triggers=tuple(triggers))


@dataclass(frozen=True, slots=True)
class ComponentEntry:
    """``provisions`` holds the component's object, by its class."""

    declaration: ComponentDeclaration
    provisions: tuple[Provision, ...]


def _placed(trigger: Trigger, name: str, prefix: str, words: list[str]) -> Trigger:
    if isinstance(trigger, WebTrigger | PageTrigger):
        own = (name.replace("_", "-") if trigger.path is None else trigger.path).lstrip("/")
        trigger = replace(trigger, path=f"{prefix.rstrip('/')}/{own}".rstrip("/"))
    if isinstance(trigger, PageTrigger) and trigger.template is None:
        trigger = replace(trigger, template=f"{'_'.join((*words, name))}.html")
    return trigger


def _word(text: str) -> str:
    return text.replace("-", "_")
