"""``providers.py``: functions, classes and methods marked with ``@provide``.

A list or tuple named ``providers`` adds what is defined elsewhere, as ``provided(…)``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.injection import ProviderDeclaration, provided, provider_declaration_of


def read_providers(module: ModuleType, found: Found) -> Iterator[Contribution]:
    from hub.loader.injection.provisions import provision_of  # here: it takes dishka along
    from hub.loader.injection.texts import described

    for declaration, owner in _declared(module):
        provision = provision_of(
            declaration, plugin=found.label, module=module.__name__, owner=owner
        )
        name = described(provision.provides, provision.qualifier)
        detail = f"{provision.making.value}, {provision.scope} scope"
        yield Contribution("provider", f"{found.label}.{name}", module.__name__, provision, detail)


def _declared(module: ModuleType) -> Iterator[tuple[ProviderDeclaration, type | None]]:
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        own = provider_declaration_of(value)
        methods = list(_methods(value)) if inspect.isclass(value) else []
        if own is not None:
            yield own, None
        elif any(_needs_instance(entry) for entry in methods):
            yield provided(value, scope="app"), None
        for entry in methods:
            yield entry, value
    listed = getattr(module, "providers", ())
    if not isinstance(listed, list | tuple):
        raise TypeError("'providers' must be a list of provided(…)")
    for entry in listed:
        if not isinstance(entry, ProviderDeclaration):
            raise TypeError(f"'providers' must be a list of provided(…), not {entry!r}")
        yield entry, None


def _methods(owner: type) -> Iterator[ProviderDeclaration]:
    for name in dir(owner):
        value = inspect.getattr_static(owner, name, None)
        declaration = provider_declaration_of(value)
        if declaration is not None and not inspect.isclass(value):
            # On whichever side of @classmethod the mark stands, the source is what is outside.
            yield ProviderDeclaration(
                source=value,
                scope=declaration.scope,
                qualifier=declaration.qualifier,
                provides=declaration.provides,
            )


def _needs_instance(declaration: ProviderDeclaration) -> bool:
    source: Any = declaration.source
    return not isinstance(source, classmethod | staticmethod)
