"""FastAPI in an environment of its own, from PyPI, with the servers in the hub's versions."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from tests.processes import ROOT, Program, clean_environment, free_port

FOLDER = ROOT / ".bench"
_SAME = ("uvicorn", "uvloop", "httptools", "granian", "daphne", "pydantic")


def peer_python() -> Path:
    """The peer's interpreter; its environment is made once and kept."""
    wanted = "\n".join(["fastapi", *(f"{name}=={version(name)}" for name in _SAME)])
    python, stamp = FOLDER / "bin" / "python", FOLDER / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(FOLDER, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *wanted.split()], check=True, stdout=sys.stderr)
        stamp.write_text(wanted)
    return python


@contextmanager
def peer(server: str, folder: Path) -> Iterator[Program]:
    """FastAPI behind ``server``, one worker, no access log, as ``serve`` runs the hub."""
    port = free_port()
    application, python = "tests.bench.peer_app:app", str(peer_python())
    commands = {
        "uvicorn": ["uvicorn", application, "--port", str(port), "--no-access-log",
                    "--log-level", "warning"],
        "granian": ["granian", application, "--interface", "asgi", "--port", str(port),
                    "--log-level", "warning"],
        "daphne": ["daphne", "--port", str(port), "--access-log", "/dev/null", application],
    }  # fmt: skip
    environment = clean_environment(PYTHONPATH=str(ROOT))
    command = [python, "-m", *commands[server]]
    with Program(command, folder=folder, environment=environment) as program:
        program.url = f"http://127.0.0.1:{port}"  # type: ignore[attr-defined]
        yield program
