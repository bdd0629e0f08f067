"""Processes of one test run keep out of each other's way, and other projects notice nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.testing.isolation import Isolation, own_redis
from tests.testing.suites import run_pytest, write


def test_each_process_has_a_redis_database() -> None:
    assert own_redis("redis://127.0.0.1:6379/9", "gw0") == "redis://127.0.0.1:6379/9"
    assert own_redis("redis://127.0.0.1:6379/9", "gw8") == "redis://127.0.0.1:6379/1"
    assert own_redis("redis://:secret@host", "gw3") == "redis://:secret@host/3"


def test_a_folder_is_made_and_goes(tmp_path: Path) -> None:
    isolation, environment = Isolation(), {"REDIS_URL": "redis://host/2"}
    isolation.begin(environment)
    folder = Path(environment["HUB_DATA_DIR"])
    assert folder.is_dir()
    assert environment["REDIS_URL"] == "redis://host/2"
    worker, own = Isolation(), {**environment, "PYTEST_XDIST_WORKER": "gw1"}
    worker.begin(own)
    assert Path(own["HUB_DATA_DIR"]) != folder
    assert own["REDIS_URL"] == "redis://host/3"
    for each in (worker, isolation, isolation):
        each.end()
    assert not folder.exists()
    assert not Path(own["HUB_DATA_DIR"]).exists()


def test_a_folder_that_was_named_stays_and_has_a_part_for_each(tmp_path: Path) -> None:
    isolation, environment = Isolation(), {"HUB_DATA_DIR": str(tmp_path)}
    isolation.begin(environment)
    assert environment == {"HUB_DATA_DIR": str(tmp_path)}
    environment |= {"PYTEST_XDIST_WORKER": "gw1", "CELERY_BROKER_URL": "amqp://host"}
    isolation.begin(environment)
    assert environment["HUB_DATA_DIR"] == str(tmp_path / "gw1")
    assert environment["CELERY_BROKER_URL"] == "amqp://host"
    isolation.end()
    assert tmp_path.exists()


@pytest.mark.process
def test_a_project_that_merely_has_the_hub_is_not_disturbed(tmp_path: Path) -> None:
    source = """
        import os, sys

        def test_nothing_is_imported_and_nothing_is_set():
            found = [name for name in sys.modules if name.startswith("hub.")]
            assert set(found) <= {"hub.testing", "hub.testing.plugin", "hub.testing.fixtures",
                                  "hub.testing.isolation"}
            assert "django" not in sys.modules
            assert "HUB_DATA_DIR" not in os.environ
            assert os.environ["REDIS_URL"] == "redis://theirs/4"
        """
    ini = "[pytest]\nfilterwarnings = error\naddopts = --strict-config --strict-markers\n"
    write(tmp_path, {"test_own.py": source, "pytest.ini": ini})
    done = run_pytest(
        tmp_path,
        *("-p", "hub.testing.plugin", "-p", "xdist", "-n", "1", "-p", "no:cacheprovider"),
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        REDIS_URL="redis://theirs/4",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
