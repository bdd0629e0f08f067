"""No test of logs knows of work that others have left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.sdk.trail import running_call, running_trail


@pytest.fixture(autouse=True)
def _no_trail() -> Iterator[None]:
    trail, call = running_trail.set(None), running_call.set(None)
    yield
    running_trail.reset(trail)
    running_call.reset(call)
