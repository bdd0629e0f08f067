from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.operations import switches
from hub.registry.statistics import recorder
from hub.security.lookups import known


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Each test's database is new: nothing this process knows of the last one may count."""
    known.forget()
    switches.forget()
    recorder.forget()
    yield
    known.forget()
    switches.forget()
    recorder.forget()
