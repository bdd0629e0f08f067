"""The broker on PostgreSQL: a killed hub loses no task there either."""

from __future__ import annotations

from collections.abc import Iterator
from os import getpid
from pathlib import Path

import psycopg
import pytest

from tests.processes import HubProcess
from tests.schedules.clockwork import notes, wait_for_notes, write_plugin
from tests.schedules.test_embedded import call, kill
from tests.services import postgres_database

pytestmark = pytest.mark.process


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[dict[str, str]]:
    try:
        with postgres_database(f"hub_tasks_{getpid()}") as url:
            yield {
                **write_plugin(tmp_path),
                "DATABASE_URL": url,
                "HUB_SECRET_KEY": "k" * 40,
                "HUB_PUBLIC_URL": "http://hub.example.com",
            }
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL on 127.0.0.1: {str(error).splitlines()[0]}")


def test_a_killed_hub_loses_no_task(tmp_path: Path, settings: dict[str, str]) -> None:
    with HubProcess(tmp_path, settings=settings) as first:
        call(first, "send", name="slow", number=40, seconds=0.3)
        wait_for_notes(tmp_path, "slow", 5)
        kill(first)
    assert len(set(notes(tmp_path, "slow"))) < 40
    with HubProcess(tmp_path, settings=settings) as second:
        call(second, "regret")
        wait_for_notes(tmp_path, "slow", 40)
        wait_for_notes(tmp_path, "tick", 2)
        assert second.stop() == 0
    assert not notes(tmp_path, "slow regretted")
