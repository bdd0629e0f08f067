"""``actions.py``: functions marked with ``@action``.

Functions defined in the module count, and so do those in a list or tuple named ``actions``, which
is how actions made by a factory function of another module are contributed.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.actions import ActionDeclaration, declaration_of
from hub.sdk.triggers import triggers_of


def read_actions(module: ModuleType, found: Found) -> Iterator[Contribution]:
    for declaration in _declared(module):
        yield Contribution(
            kind="action",
            name=f"{found.label}.{declaration.name}",
            module=module.__name__,
            value=declaration,
            detail=declaration.description.partition("\n")[0],
        )


def _declared(module: ModuleType) -> Iterator[ActionDeclaration]:
    listed = getattr(module, "actions", ())
    own = (
        value
        for value in list(vars(module).values())
        if getattr(value, "__module__", None) == module.__name__
    )
    seen: set[int] = set()
    for value in (*own, *(listed if isinstance(listed, list | tuple) else ())):
        if triggers_of(value):
            name = value.__qualname__
            raise TypeError(f"the trigger above '{name}' belongs into @action(…): @action(get())")
        declaration = declaration_of(value)
        if declaration is not None and id(declaration) not in seen:
            seen.add(id(declaration))
            yield declaration
