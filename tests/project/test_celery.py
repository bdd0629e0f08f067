"""The worker and beat of docker/compose.yaml, as processes on a real broker."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.processes import ROOT, HubProcess, Program, clean_environment
from tests.services import settings_of_production

pytestmark = pytest.mark.process

COMPOSE = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    with settings_of_production("hub_celery", broker=11) as found:
        yield {**found, "HUB_PUBLIC_URL": "https://hub.example.com"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[HubProcess]:
    """The hub of compose.yaml's ``web``; the worker and beat are started after it."""
    command = COMPOSE["services"]["web"]["command"]
    options = command[command.index("--workers") :]
    with HubProcess(tmp_path_factory.mktemp("web"), *options, settings=settings) as hub:
        yield hub


@pytest.mark.parametrize(
    ("service", "ready"), [("worker", "ready."), ("beat", "beat: Starting...")]
)
def test_it_starts_and_stops_with_success(
    tmp_path: Path, web: HubProcess, settings: dict[str, str], service: str, ready: str
) -> None:
    program, *arguments = COMPOSE["services"][service]["command"]
    assert program == "celery"
    environment = clean_environment(PYTHONPATH=str(ROOT), **settings)
    command = [sys.executable, "-m", "celery", *arguments]
    with Program(command, folder=tmp_path, environment=environment) as running:
        running.wait_for(ready)
        assert running.stop() == 0, running.output
    assert running.failures == []
