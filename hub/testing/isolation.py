"""Each process of a test run has data, Redis and ports of its own; pytest-django sees to databases.

Done before the hub's settings are read, and only where a run uses them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

SETTINGS: Final = "hub.project.settings"
WORKER: Final = "PYTEST_XDIST_WORKER"

_REDIS: Final = ("REDIS_URL", "CELERY_BROKER_URL")
_DATA: Final = "HUB_DATA_DIR"


class Isolation:
    """What was made for this process, until :meth:`end`."""

    def __init__(self) -> None:
        self._made: Path | None = None

    def begin(self, environment: MutableMapping[str, str]) -> None:
        """A folder that goes at the end, unless ``HUB_DATA_DIR`` names one, of which each process
        of pytest-xdist takes a part; and a Redis database for each."""
        worker = environment.get(WORKER, "")
        if environment.get(_DATA) and not _is_ours(environment[_DATA]):
            if worker:
                environment[_DATA] = str(Path(environment[_DATA]) / worker)
        else:
            self._made = Path(tempfile.mkdtemp(prefix=_PREFIX))
            environment[_DATA] = str(self._made)
        if worker:
            for name in _REDIS:
                if environment.get(name, "").startswith(("redis://", "rediss://")):
                    environment[name] = own_redis(environment[name], worker)

    def end(self) -> None:
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)
            self._made = None


_PREFIX: Final = "hub-tests-"


def _is_ours(folder: str) -> bool:
    """True for the folder that the process made which started this one as a worker."""
    return Path(folder).name.startswith(_PREFIX)


def own_redis(url: str, worker: str) -> str:
    """``url`` with the database of the process ``gw0``, ``gw1`` …: Redis has 16, from 0 on."""
    number = int(worker.removeprefix("gw"))
    parts = urlsplit(url)
    first = int(parts.path.strip("/") or 0)
    return parts._replace(path=f"/{(first + number) % 16}").geturl()
