"""Providers written on the spot: ``container_for(...)`` makes a container of them alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.loader.injection.graph import Graph
from hub.loader.injection.provisions import provision_of
from hub.operations.container.container import Container
from hub.sdk.injection import ProviderDeclaration, provided, provider_declaration_of

Maker = Callable[..., Container]


def provisions(*sources: Any, plugin: str = "shop") -> list[Any]:
    """Functions, classes and declarations as the loader reads them."""
    declarations = [
        source
        if isinstance(source, ProviderDeclaration)
        else provider_declaration_of(source) or provided(source)
        for source in sources
    ]
    return [
        provision_of(declaration, plugin=plugin, module=f"{plugin}.providers")
        for declaration in declarations
    ]


def graph(*sources: Any) -> Graph:
    return Graph({"shop": provisions(*sources)}, {})


@pytest.fixture
def container_for() -> Iterator[Maker]:
    made: list[Container] = []

    def make(*sources: Any) -> Container:
        made.append(Container(graph(*sources)))
        return made[-1]

    yield make
    for container in made:
        container.things.close()
