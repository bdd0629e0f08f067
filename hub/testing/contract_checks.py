"""The parts of a plugin's contract that need no database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.apps import apps

from hub.loader.catalog import Plugin
from hub.operations.configuration.leaves import leaves
from hub.operations.engine import engine
from hub.sdk.actions import MISSING
from hub.sdk.manifest import PluginConfig
from hub.testing.examples import cases_of
from hub.testing.identities import Identities
from hub.testing.started import NotStarted, started_hub
from hub.web.graphql.schema import hub_schema

_DESCRIBED: Final = frozenset({"service", "component"})


def manifest(plugin: Plugin, folder: Path) -> Iterator[str]:
    if plugin.version in ("", PluginConfig.version):
        yield "the manifest has no version."
    if not plugin.summary:
        yield "the manifest has no summary."
    elif not plugin.summary.endswith("."):
        yield f"the summary is not a sentence: {plugin.summary!r}."
    if not plugin.builtin and not getattr(apps.get_app_config(plugin.label), "requires_hub", ""):
        yield "the manifest does not say which hub it requires (requires_hub)."


def loads(plugin: Plugin, folder: Path) -> Iterator[str]:
    """Nothing is broken, refused, or lost to another plugin's claim."""
    hub_schema()  # what can't be part of it is found while it is made
    for failure in engine().failures_of(plugin):
        yield f"{failure.where}: {failure.message}"


def documented(plugin: Plugin, folder: Path) -> Iterator[str]:
    for operation in engine().operations.of(plugin.label):
        if not operation.description:
            yield f"{operation.name} has no description: write a docstring."
        for number, example in enumerate(operation.examples, start=1):
            if not example.name:
                yield f"{operation.name}: example {number} has no name."
    for contribution in plugin.contributions:
        if contribution.kind in _DESCRIBED and not contribution.detail:
            yield f"the {contribution.kind} '{contribution.name}' has no description."
    for contribution in plugin.contributed("settings"):
        for leaf in leaves(contribution.value.settings):
            if not leaf.info.description:
                yield f"the setting '{leaf.key}' has no description."


def examples(plugin: Plugin, folder: Path) -> Iterator[str]:
    """Each example with a result, by each transport, in a hub with this plugin alone."""
    operations = engine().operations.of(plugin.label)
    if not any(each.result is not MISSING for one in operations for each in one.examples):
        return
    try:
        with started_hub(plugin.label) as hub:
            client = hub.client(Identities().superuser(username="test"))
            for case in cases_of(plugin.label):
                try:
                    case.check(client)
                except Exception as error:  # noqa: BLE001 - told with all the others
                    yield f"{case.id}: {_told(error)}"
    except NotStarted as error:
        yield f"the hub does not start with it: {error}"


def _told(error: Exception) -> str:
    text = str(error)
    return text if isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"
