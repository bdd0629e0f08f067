"""Actions made by a factory function, in the module itself and from another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any

import pytest

from hub.loader.catalog import Catalog, Plugin
from hub.loader.collisions import without_collisions
from hub.loader.manifests import Found
from hub.loader.modules.actions import read_actions
from hub.operations.compiler import compile_operations
from hub.operations.operation import Operations
from hub.operations.pipeline import invoke
from hub.sdk import PluginConfig, action, allow_all, get
from tests.operations.conftest import USER

FACTORY = """
from hub.sdk import action, allow_all, get

def multiplier(factor, name):
    @action(get(), access=allow_all, name=name)
    def multiply(number: int) -> int:
        '''Multiply a number.'''
        return number * factor
    return multiply
"""


@dataclass(frozen=True)
class Read:
    plugin: Plugin
    operations: Operations


@pytest.fixture
def actions_module() -> Iterator[Callable[[str], Read]]:
    """Run source code as ``shop.actions`` and read it as the loader does."""
    made = ModuleType("factory_of_actions")
    sys.modules[made.__name__] = made
    exec(FACTORY, vars(made))  # noqa: S102 - the test's own text

    def read(source: str) -> Read:
        module = ModuleType("shop.actions")
        exec(source, vars(module))  # noqa: S102
        config = type("Shop", (PluginConfig,), {"name": "shop", "__module__": "shop.apps"})
        found = Found("shop", "shop", "test", config)
        contributions = tuple(read_actions(module, found))
        plugin = Plugin(
            label="shop", package="shop", source="test", mount="shop", contributions=contributions
        )
        (plugin,) = without_collisions((plugin,))
        catalog = Catalog(MappingProxyType({"shop": plugin}))
        return Read(plugin, compile_operations(catalog, default_timeout=5))

    yield read
    del sys.modules[made.__name__]


async def _call(operations: Operations, name: str) -> Any:
    return await invoke(
        operations.by_name[name], caller=USER, arguments={"number": 5}, transport="test"
    )


async def test_a_factory_in_the_module(actions_module: Callable[[str], Read]) -> None:
    source = FACTORY + "double = multiplier(2, 'double')\ntriple = multiplier(3, 'triple')\n"
    operations = actions_module(source).operations
    assert list(operations.by_name) == ["shop.double", "shop.triple"]
    assert await _call(operations, "shop.triple") == 15


async def test_a_factory_of_another_module_and_a_list(
    actions_module: Callable[[str], Read],
) -> None:
    source = (
        "from factory_of_actions import multiplier\n"
        "actions = [multiplier(factor, f'times_{factor}') for factor in (2, 3, 4)]\n"
    )
    operations = actions_module(source).operations
    assert list(operations.by_name) == ["shop.times_2", "shop.times_3", "shop.times_4"]
    assert await _call(operations, "shop.times_4") == 20


def test_what_is_listed_and_defined_counts_once(actions_module: Callable[[str], Read]) -> None:
    read = actions_module(FACTORY + "double = multiplier(2, 'double')\nactions = [double]\n")
    assert (list(read.operations.by_name), read.plugin.failures) == (["shop.double"], ())


def test_an_imported_action_belongs_to_its_own_plugin(
    actions_module: Callable[[str], Read],
) -> None:
    source = "from factory_of_actions import multiplier\ndouble = multiplier(2, 'double')\n"
    assert not actions_module(source).operations.by_name


def test_two_of_one_name_collide(actions_module: Callable[[str], Read]) -> None:
    source = FACTORY + "a = multiplier(2, 'twice')\nb = multiplier(3, 'twice')\n"
    read = actions_module(source)
    assert list(read.operations.by_name) == ["shop.twice"]
    (failure,) = read.plugin.failures
    assert "operation 'shop.twice' is already taken" in failure.message
    assert read.plugin.state == "degraded"


def test_the_decorator_leaves_the_function_as_it_is() -> None:
    def double(number: int) -> int:
        return 2 * number

    assert action(get(), access=allow_all)(double) is double
    assert double(4) == 8
