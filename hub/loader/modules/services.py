"""``services.py``: classes marked ``@service``, ``@implementation`` and ``@component``, functions
marked ``@interceptor``, channels."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Final

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.channels import channel_declaration_of
from hub.sdk.components import Component, ComponentDeclaration, component_declaration_of
from hub.sdk.components import ComponentState as State
from hub.sdk.health import Health, HealthDeclaration, Status, health_check, health_declaration_of
from hub.sdk.injection import Inject, provided
from hub.sdk.interceptors import InterceptorDeclaration, interceptor_of
from hub.sdk.services import (
    ImplementationDeclaration,
    ServiceDeclaration,
    get_service,
    implementation_declaration_of,
    service_declaration_of,
)

if TYPE_CHECKING:
    from hub.loader.injection.provisions import Provision

COMPONENT_OF: Final = "__hub_component_of__"
"""On the function of a check: the component whose health it asks for."""


def read_services(module: ModuleType, found: Found) -> Iterator[Contribution]:
    for value in list(vars(module).values()):
        if not _is_own(value, module, found):
            continue
        service = service_declaration_of(value)
        implementation = implementation_declaration_of(value)
        component = component_declaration_of(value)
        if service is not None:
            yield _service(service, module, found)
        if implementation is not None:
            yield _implementation(implementation, module, found)
        if component is not None:
            yield from _component(component, module, found)
        interceptor = interceptor_of(value)
        if interceptor is not None:
            yield _interceptor(interceptor, module, found)
        channel = channel_declaration_of(value)
        if channel is not None:
            detail = _first_line(value.__doc__ or "")
            yield Contribution("channel", channel.name, module.__name__, value, detail)


def _is_own(value: object, module: ModuleType, found: Found) -> bool:
    """Whether it is of this plugin: what ``services.py`` imports from elsewhere in the package
    counts, so that an interface can stand in a module that other programs import without Django."""
    home = getattr(value, "__module__", None)
    return home == module.__name__ or str(home).startswith(f"{found.package}.")


def _service(declaration: ServiceDeclaration, module: ModuleType, found: Found) -> Contribution:
    from hub.loader.services.entries import SERVICE, ServiceEntry  # here: it takes dishka along

    calls = _caller(declaration.interface, "", module, found)
    entry = ServiceEntry(declaration, (calls,))
    return Contribution(
        SERVICE, declaration.name, module.__name__, entry, _first_line(declaration.description)
    )


def _implementation(
    declaration: ImplementationDeclaration, module: ModuleType, found: Found
) -> Contribution:
    from hub.loader.services.entries import IMPLEMENTATION, ImplementationEntry

    provisions = [_made_once(declaration.implementation, module, found)]
    if declaration.qualifier:
        provisions.append(_caller(declaration.interface, declaration.qualifier, module, found))
    entry = ImplementationEntry(declaration, tuple(provisions))
    name = f"{found.label}.{declaration.implementation.__name__}"
    qualifier = f" '{declaration.qualifier}'" if declaration.qualifier else ""
    detail = f"of {entry.service.name}{qualifier}"
    return Contribution(IMPLEMENTATION, name, module.__name__, entry, detail)


def _component(
    declaration: ComponentDeclaration, module: ModuleType, found: Found
) -> Iterator[Contribution]:
    from hub.loader.services.entries import COMPONENT, ComponentEntry

    entry = ComponentEntry(declaration, (_made_once(declaration.component, module, found),))
    detail = _first_line(declaration.description)
    yield Contribution(COMPONENT, declaration.name, module.__name__, entry, detail)
    if declaration.component.get_health is not Component.get_health:
        check = _check(declaration)
        name = f"{found.label}.{check.name}"
        yield Contribution("health_check", name, module.__name__, check, check.description)


def _interceptor(
    declaration: InterceptorDeclaration, module: ModuleType, found: Found
) -> Contribution:
    which = ", ".join(sorted(declaration.services)) or "all services"
    told = _first_line(declaration.description)
    detail = f"on the {declaration.on}, around {which}{f': {told}' if told else ''}"
    name = f"{found.label}.{getattr(declaration.function, '__name__', 'interceptor')}"
    return Contribution("interceptor", name, module.__name__, declaration, detail)


def _made_once(owner: type, module: ModuleType, found: Found) -> Provision:
    from hub.loader.injection.provisions import provision_of

    declaration = provided(owner, scope="app", provides=owner)
    return provision_of(declaration, plugin=found.label, module=module.__name__)


def _caller(interface: type, qualifier: str, module: ModuleType, found: Found) -> Provision:
    """Who injects the interface gets what ``get_service`` gives."""
    from hub.loader.injection.provisions import Making, Provision

    def found_by_type() -> Any:
        return get_service(interface, qualifier=qualifier)

    return Provision(
        provides=interface,
        source=found_by_type,
        making=Making.DIRECT,
        scope="app",
        qualifier=qualifier,
        plugin=found.label,
        where=f"{module.__name__}.{interface.__qualname__}",
    )


def _check(declaration: ComponentDeclaration) -> HealthDeclaration:
    """``get_health`` as a check of the plugin; a component that does not run is never UP."""
    owner = declaration.component

    def look(component: Component) -> Any:
        return _unless_running(component) or component.get_health()

    async def alook(component: Component) -> Any:
        return look(component) if _unless_running(component) else await look(component)

    check: Any = alook if inspect.iscoroutinefunction(owner.get_health) else look
    check.__annotations__ = {"component": Annotated[owner, Inject()], "return": Any}
    check.__qualname__ = f"{owner.__qualname__}.get_health"
    check.__module__ = owner.__module__
    check.__doc__ = owner.get_health.__doc__ or f"The component {declaration.name} works."
    setattr(check, COMPONENT_OF, owner)
    found = health_declaration_of(health_check(name=declaration.name)(check))
    if found is None:
        raise TypeError(f"{check.__qualname__} can't be a health check.")
    return found


def _unless_running(component: Component) -> Health | None:
    if component.state in {State.RUNNING, State.DRAINING}:
        return None
    status = Status.UNKNOWN if component.state is State.VIRGIN else Status.DOWN
    return Health(status, f"The component is {component.state} in the process that looked.")


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
