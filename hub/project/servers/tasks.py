"""The embedded worker and beat, beside a web server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.project.celery import app
from hub.schedules.embedded import Embedded


def embedded_parts(*, grace: float) -> Embedded:
    """``grace`` is how many seconds running tasks may take to finish at the stop."""
    return Embedded(app, grace=grace)


@contextmanager
def tasks_beside(*, grace: float = 10.0) -> Iterator[None]:
    """Run them meanwhile."""
    embedded = embedded_parts(grace=grace)
    embedded.start()
    try:
        yield
    finally:
        embedded.stop()
