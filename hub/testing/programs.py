"""The hub, and other programs, as real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

# Settings of the machine that runs the tests must not reach the hubs they start.
OWN: Final = (
    "HUB_",
    "DATABASE_URL",
    "REDIS_URL",
    "CELERY_",
    "DJANGO_",
    "COV_",
    "PYTEST_",
    "PYTHONDONTWRITEBYTECODE",
)


def clean_environment(**settings: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(OWN)}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(url: str, *, method: str = "GET", timeout: float = 10) -> tuple[int, bytes]:
    """Status and body, whatever the status is."""
    try:
        with urlopen(Request(url, method=method), timeout=timeout) as response:  # noqa: S310
            return response.status, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


class Program:
    """A running program. What it writes is kept in a file in ``logs``, by default ``folder``."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        logs: Path | None = None,
    ) -> None:
        self.folder = folder
        self._log = (logs or folder) / f"{Path(command[-1]).name}-{free_port()}.log"
        self._out = self._log.open("wb")
        self.process = subprocess.Popen(  # noqa: S603 - what the test says
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._out.close()

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def failures(self) -> list[str]:
        """Lines that tell of an exception: log records, and what Python itself prints."""
        lines = self.output.splitlines()
        return [line for line in lines if '"exception":' in line or "Traceback" in line]

    def stop(self, number: int = signal.SIGTERM, *, timeout: float = 30) -> int:
        """Send the signal to the program alone and wait; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=timeout)

    def wait_for(self, text: str, *, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.output}"
            time.sleep(0.05)


class Server(Program):
    """A program that answers at ``url``, and 200 at ``/readyz`` there. Ready when entered."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        port: int,
        folder: Path,
        environment: Mapping[str, str],
        logs: Path | None = None,
    ) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(command, folder=folder, environment=environment, logs=logs)

    def __enter__(self) -> Self:
        try:
            self.wait_until_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def wait_until_ready(self, *, timeout: float = 90) -> None:
        """Raises :class:`AssertionError` with what the program wrote, if it ended or is late."""
        deadline = time.monotonic() + timeout
        while not self._is_ready():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            return answer(f"{self.url}/readyz", timeout=5)[0] == 200
        except (URLError, OSError):
            return False
