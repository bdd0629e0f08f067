"""Fixtures for all tests of the hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.operations.configuration import current
from hub.operations.threads import stop_threads
from tests.processes import HubProcess


@pytest.fixture
def no_stored_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What operators have stored of plugins' settings is not looked for, so calls read nothing."""

    async def afollow() -> None:
        pass

    monkeypatch.setattr(current, "follow", lambda: None)
    monkeypatch.setattr(current, "afollow", afollow)


@pytest.fixture(autouse=True)
def _ask_no_database_that_is_not_there(request: pytest.FixtureRequest) -> None:
    """A test without a database can't look for what operators have stored of plugins' settings,
    and must not meet the threads of tests that had one, with the connections they keep."""
    has_one = {"db", "transactional_db"} & set(request.fixturenames)
    if not has_one and request.node.get_closest_marker("django_db") is None:
        request.getfixturevalue("no_stored_settings")
        stop_threads(timeout=0.0)


@pytest.fixture(scope="session")
def running_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub on embedded parts in a folder of its own, shared by the tests of one run.

    ``admin`` signs in with the password ``correct horse``.
    """
    folder: Path = tmp_path_factory.mktemp("hub")
    with HubProcess(folder, settings={"HUB_ADMIN_PASSWORD": "correct horse"}) as hub:
        yield hub
