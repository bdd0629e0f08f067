from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hub.operations.thread_pool import ThreadPool
from hub.operations.threads import stop_threads
from hub.web.lane.envelope import Envelope
from hub.web.lane.handler import LeanHandler
from tests.lane import urls


@pytest.fixture
def lane(settings: Any) -> Envelope:
    settings.ROOT_URLCONF = "tests.lane.urls"
    settings.HUB_MAX_BODY_BYTES = 2048
    return Envelope(LeanHandler())


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    urls.Log.events = []
    urls.Log.entered = asyncio.Event()
    yield
    assert stop_threads(), "a thread did not end"


@pytest.fixture
def small() -> Iterator[ThreadPool]:
    pool = ThreadPool(2)
    yield pool
    assert pool.stop(), "a thread did not end"
