"""Examples as tests of pytest: each on each transport is an item of its own."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from hub.operations.engine import engine
from hub.testing.choosing import loaded_plugin
from hub.testing.client import HubClient
from hub.testing.examples import ExampleCase, cases_of
from hub.testing.identities import Identities


def example_tests(label: str, *, fixtures: Sequence[str] = ()) -> Callable[..., None]:
    """A test for each example of a plugin's actions, on each transport, as a superuser named
    ``test``: ``test_examples = example_tests("stock")``.

    ``fixtures`` are names of fixtures that make what the examples need. Only the plugin and those
    it requires run. Raises :class:`LookupError` at collection for a plugin that can't.
    """

    @pytest.mark.hub_examples(label)
    @pytest.mark.hub_plugins(label)
    def test_example(hub_example: ExampleCase, hub_client: HubClient, caller: Identities) -> None:
        hub_example.check(hub_client.as_caller(caller.superuser(username="test")))

    # Pytest warns of the mark without names.
    return pytest.mark.usefixtures(*fixtures)(test_example) if fixtures else test_example


def parametrize(metafunc: pytest.Metafunc, label: str) -> None:
    """Fill ``hub_example`` of a test marked ``hub_examples``."""
    cases = list(cases_of(_known(label)))
    metafunc.parametrize("hub_example", cases, ids=[case.id for case in cases])


def collector_for(
    path: Path, parent: pytest.Collector, labels: Sequence[str]
) -> pytest.Collector | None:
    """The examples of the operations that stand in the file, if it is one of a plugin's."""
    chosen = _chosen(labels)
    cases = [
        case
        for label in chosen
        for case in cases_of(label)
        if file_of(engine().operation(case.operation).function) == path
    ]
    if not cases:
        return None
    made: ExampleFile = ExampleFile.from_parent(parent, path=path)
    made.cases = cases
    return made


class ExampleFile(pytest.File):
    """A module of a plugin, as far as its examples go."""

    cases: Sequence[ExampleCase] = ()

    def collect(self) -> list[pytest.Item]:
        return [self._item(case) for case in self.cases]

    def _item(self, case: ExampleCase) -> pytest.Item:
        label = case.operation.partition(".")[0]

        @pytest.mark.hub_plugins(label)
        def check(hub_client: HubClient, caller: Identities) -> None:
            case.check(hub_client.as_caller(caller.superuser(username="test")))

        item: pytest.Item = pytest.Function.from_parent(self, name=case.id, callobj=check)
        return item


def _chosen(labels: Sequence[str]) -> list[str]:
    if "*" in labels:
        return [plugin.label for plugin in engine().catalog.loaded() if not plugin.builtin]
    return [_known(label) for label in labels]


def _known(label: str) -> str:
    """The label; one that no plugin has is an error of the collection, told in a sentence."""
    try:
        return loaded_plugin(label).label
    except LookupError as error:
        raise pytest.Collector.CollectError(str(error)) from None


def file_of(function: Any) -> Path | None:
    """Where the function says it is from. A service's method is bound by code of the hub."""
    module = sys.modules.get(getattr(inspect.unwrap(function), "__module__", ""))
    found = getattr(module, "__file__", None)
    return Path(found).resolve() if found else None
