"""``hub serve`` for one test: a real server on a free port, with a data folder of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from hub.testing.programs import Server, clean_environment, free_port

_PASSED_ON: Final = ("HUB_PLUGIN_DIRS",)
_LONGEST: Final = 20_000  # characters of a log in a report


class HubServers:
    """The fixture ``hub_server``: each call starts a server, and all stop after the test."""

    def __init__(self, folder: Path, here: Path, plugins: Sequence[str], undo: ExitStack) -> None:
        self._folder = folder
        self._here = here
        self._plugins = plugins
        self._undo = undo
        self.started: list[Server] = []

    def __call__(
        self,
        *options: str,
        server: str = "uvicorn",
        env: dict[str, str] | None = None,
    ) -> Server:
        """A hub that is ready: ``url``, ``port``, ``process``, ``output``, ``stop()``.

        ``options`` are those of ``hub serve``, ``server`` is uvicorn, granian or daphne, ``env``
        are settings (``HUB_…``, ``DATABASE_URL`` …); those of the machine do not count. Raises
        :class:`AssertionError` with the log where it does not start.
        """
        number = len(self.started) + 1
        data = self._folder / f"hub-{number}"
        data.mkdir()
        settings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        settings["HUB_DATA_DIR"] = str(data)
        if self._plugins:
            settings["HUB_ONLY_PLUGINS"] = ",".join(self._plugins)
        environment = clean_environment(**{**settings, **(env or {})})
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        port = free_port()
        command = [sys.executable, "-m", "hub", "serve", "--server", server, "--port", str(port)]
        started = Server(
            [*command, *options], port=port, folder=self._here, environment=environment, logs=data
        )
        self.started.append(started)
        return self._undo.enter_context(started)

    def logs(self) -> list[tuple[str, str]]:
        """Title and text of each server's log, for the report of a test that failed."""
        return [
            (f"Log of the hub at {server.url}", server.output[-_LONGEST:])
            for server in self.started
        ]
