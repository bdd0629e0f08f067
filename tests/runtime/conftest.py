from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.operations import switches
from hub.operations.threads import stop_threads
from hub.registry import troubles


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Each test's database is new: nothing this process knows of the last one may count."""
    switches.forget()
    troubles.forget()
    yield
    switches.forget()
    troubles.forget()
    stop_threads()
