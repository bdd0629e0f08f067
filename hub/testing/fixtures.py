"""The fixtures of the pytest plugin. What they use is imported when they are used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hub.testing import (
        CapturedLogs,
        CapturedSignals,
        FrozenTime,
        HubClient,
        HubServers,
        Identities,
        ReplacedSettings,
        ReplacedThings,
        StartedHub,
    )

SERVERS: pytest.StashKey[Any] = pytest.StashKey()


def chosen_plugins(node: pytest.Item) -> tuple[str, ...]:
    """The labels of ``@pytest.mark.hub_plugins("greeter", …)``, empty for all plugins."""
    marker = node.get_closest_marker("hub_plugins")
    return tuple(marker.args) if marker is not None else ()


@pytest.fixture(scope="session")
def hub_connections(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL drops no database that the thread of async tests is still connected to."""
    yield
    from asgiref.sync import SyncToAsync
    from django.db import connections

    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def hub(
    request: pytest.FixtureRequest, hub_connections: None, transactional_db: None
) -> Iterator[StartedHub]:
    """A hub in this process: its lifespans and workers run, and stop after the test.

    It has the plugins of ``@pytest.mark.hub_plugins(…)`` and what they require, or all.
    """
    from hub.testing import started_hub

    with started_hub(*chosen_plugins(request.node)) as started:
        yield started


@pytest.fixture
def hub_client(hub: StartedHub) -> HubClient:
    """A stranger in front of the hub: REST, GraphQL, WebSockets and calls. ``as_caller(…)`` and
    ``with_token(…)`` give clients of others."""
    return hub.client()


@pytest.fixture
def caller(hub_connections: None, transactional_db: None) -> Identities:
    """Makes callers: ``caller("read")`` is a user with a token of that scope, and see
    ``caller.user()``, ``caller.superuser()`` and ``caller.anonymous``."""
    from hub.testing import Identities

    return Identities()


@pytest.fixture
def hub_settings() -> Iterator[ReplacedSettings]:
    """Other settings until the test ends: ``hub_settings("greeter", mark="?")`` for a plugin's,
    ``hub_settings(HUB_MAX_BODY_BYTES=100)`` for the hub's."""
    from hub.testing import ReplacedSettings

    with ExitStack() as undo:
        yield ReplacedSettings(undo)


@pytest.fixture
def hub_override() -> Iterator[ReplacedThings]:
    """Other things than providers make, until the test ends: ``hub_override(Clock, stopped)``."""
    from hub.testing import ReplacedThings

    with ExitStack() as undo:
        yield ReplacedThings(undo)


@pytest.fixture
def hub_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HubServers]:
    """Starts real servers: ``hub_server(server="granian").url``. Their logs are in the report of
    a test that fails."""
    from hub.testing import HubServers

    with ExitStack() as undo:
        servers = HubServers(
            tmp_path_factory.mktemp("hub-server"),
            request.config.rootpath,
            chosen_plugins(request.node),
            undo,
        )
        request.node.stash[SERVERS] = servers
        yield servers


@pytest.fixture
def frozen_time() -> Iterator[FrozenTime]:
    """Stops the clocks: ``frozen_time("2030-01-01")``, then ``frozen_time.shift(60)``."""
    from hub.testing import FrozenTime

    frozen = FrozenTime()
    yield frozen
    frozen.release()


@pytest.fixture
def hub_signals() -> Iterator[CapturedSignals]:
    """The hub's signals that are sent: ``hub_signals.of(signals.plugin_enabled)``."""
    from hub.testing import CapturedSignals

    with CapturedSignals().listening() as captured:
        yield captured


@pytest.fixture
def hub_logs() -> Iterator[CapturedLogs]:
    """What the hub logs, as structured records: ``hub_logs.find(level="error")``."""
    from hub.testing import CapturedLogs

    with CapturedLogs().listening() as captured:
        yield captured
