"""The hub, and the other programs of a deployment, as real processes."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hub.testing.programs import Program, Server, answer, clean_environment, free_port

__all__ = ["ROOT", "HubProcess", "Program", "answer", "clean_environment", "free_port"]

ROOT = Path(__file__).resolve().parent.parent


class HubProcess(Server):
    """``hub serve`` on a free port, in ``folder``. Ready when entered with ``with``.

    Unless it is ``new``, it finds the tables in its database already, which spares each test the
    seconds that migrations take.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        python: str = sys.executable,
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
        path: Path | None = ROOT,
        new: bool = False,
    ) -> None:
        own = port or free_port()
        environment = clean_environment(**(settings or {}))
        if path is not None:
            environment["PYTHONPATH"] = str(path)
        self._environment, self._python = environment, python
        if not new and python == sys.executable and path == ROOT:
            _lay_tables(folder, environment)
        command = [python, "-m", "hub", "serve", "--port", str(own), *options]
        super().__init__(command, port=own, folder=folder, environment=environment)

    def command(self, *words: str) -> str:
        """What ``hub …`` prints, run beside it with the same settings."""
        done = subprocess.run(
            [self._python, "-m", "hub", *words],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def token(self, *scopes: str) -> str:
        """A new token of the superuser ``admin``; without scopes, with all of its rights."""
        options = (word for scope in scopes for word in ("--scope", scope))
        made = json.loads(self.command("token", "create", "--user", "admin", *options))
        return str(made["token"])


def _lay_tables(folder: Path, environment: Mapping[str, str]) -> None:
    database = folder / environment.get("HUB_DATA_DIR", "var") / "hub.sqlite3"
    if "DATABASE_URL" in environment or database.exists():
        return
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(_tables(), database)


@functools.cache
def _tables() -> Path:
    """A database with all tables and nothing in them, made once for this process."""
    _FOLDERS.append(tempfile.TemporaryDirectory())
    folder = Path(_FOLDERS[-1].name)
    subprocess.run(
        [sys.executable, "-m", "hub", "migrate", "--verbosity", "0"],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / "var" / "hub.sqlite3"


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []  # removed when this process ends
