"""aspyx-service, as published: its programs find each other with the hub as their Consul."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.aspyx.installed import NotInstalled, python_with_aspyx
from tests.consul.served import ServedConsul
from tests.processes import Program, clean_environment, free_port

pytestmark = [pytest.mark.process, pytest.mark.soak]

PROGRAM = Path(__file__).with_name("aspyx_program.py")


@pytest.fixture(scope="module")
def aspyx(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        return str(python_with_aspyx(tmp_path_factory.mktemp("aspyx")))
    except NotInstalled as error:
        pytest.skip(str(error))


def test_a_program_registers_is_checked_found_and_called(
    served: ServedConsul, aspyx: str, tmp_path: Path
) -> None:
    secret = [served.url, served.token]
    serve = [aspyx, str(PROGRAM), "serve", *secret, str(free_port())]
    with Program(serve, folder=tmp_path, environment=clean_environment()) as server:
        server.wait_for("Uvicorn running")
        call = [aspyx, str(PROGRAM), "call", *secret]
        done = subprocess.run(call, capture_output=True, text=True, timeout=120)
        assert "aspyx says hello" in done.stdout, done.stderr + server.output
        assert "GET /echo-health" in server.output
