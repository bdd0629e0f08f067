"""The pytest plugin. It is found by its entry point wherever the hub is installed.

So that it disturbs no project that merely has the hub, nothing of the hub or Django is imported
here; that happens when a test asks for a fixture.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest

from hub.testing.fixtures import (
    SERVERS,
    caller,
    frozen_time,
    hub,
    hub_client,
    hub_connections,
    hub_logs,
    hub_override,
    hub_server,
    hub_settings,
    hub_signals,
)
from hub.testing.isolation import SETTINGS, Isolation

__all__ = [
    "caller",
    "frozen_time",
    "hub",
    "hub_client",
    "hub_connections",
    "hub_logs",
    "hub_override",
    "hub_server",
    "hub_settings",
    "hub_signals",
]

_MARKERS: Final = (
    "hub_plugins(*labels): the fixtures hub, hub_client and hub_server run these plugins, and "
    "those they require, only",
    "hub_examples(label): the test runs for each example of the plugin, on each transport; it "
    "takes the example as the fixture hub_example",
)
_isolation: Final = Isolation()


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "labels of plugins whose examples are collected as tests with their modules; * is all"
    group = parser.getgroup("hub", "the hub")
    group.addoption(
        "--hub-examples", action="append", default=[], metavar="LABEL", help=f"{text} (repeatable)"
    )
    parser.addini("hub_examples", text, type="args", default=[])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, Any, Any]:
    """Before pytest-django reads the settings."""
    if _settings_module(early_config) == SETTINGS:
        _isolation.begin(os.environ)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    for line in _MARKERS:
        config.addinivalue_line("markers", line)


def pytest_unconfigure() -> None:
    _isolation.end()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Examples are collected with the modules that declare them, as doctests are."""
    labels = [*parent.config.getoption("--hub-examples"), *parent.config.getini("hub_examples")]
    if not labels or file_path.suffix != ".py":
        return None
    from hub.testing.example_items import collector_for

    return collector_for(file_path, parent, labels)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("hub_examples")
    if marker is not None and "hub_example" in metafunc.fixturenames:
        from hub.testing.example_items import parametrize

        parametrize(metafunc, *marker.args, **marker.kwargs)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what its servers have written."""
    report = yield
    servers = item.stash.get(SERVERS, None)
    if servers is not None and report.failed and report.when in ("setup", "call"):
        report.sections.extend(servers.logs())
    return report


def _settings_module(config: pytest.Config) -> str:
    """As pytest-django finds it: option, environment, configuration file."""
    option = getattr(config.known_args_namespace, "ds", None)
    if option:
        return str(option)
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        return os.environ["DJANGO_SETTINGS_MODULE"]
    try:
        return str(config.getini("DJANGO_SETTINGS_MODULE") or "")
    except (KeyError, ValueError):
        return ""  # pytest-django is not here
