"""The same on Redis, which all processes of a deployment share."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache

from hub.operations.operation import Operation
from hub.sdk import action, allow_all, ttl
from tests.caching.conftest import Clock, ask
from tests.operations.conftest import compiled

URL = os.environ.get("REDIS_URL", "")

pytestmark = pytest.mark.skipif(not URL, reason="REDIS_URL names no Redis")


@pytest.fixture(autouse=True)
def redis(_fresh: None, settings: Any) -> Iterator[None]:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": URL,
            "KEY_PREFIX": f"test-{uuid4().hex}",
        }
    }
    cache.set("there", 1, 5)
    assert cache.get("there") == 1
    yield
    cache.close()


def counted(seconds: float) -> Operation:
    numbers = itertools.count(1)

    @action(access=allow_all, cache=ttl(seconds))
    async def count(name: str = "") -> int:
        return next(numbers)

    return compiled(count)


async def test_an_answer_is_kept_and_expires(clock: Clock) -> None:
    count = counted(30)
    assert [await ask(count), await ask(count), await ask(count, name="b")] == [1, 1, 2]
    clock.now += 30.1
    assert await ask(count) == 3


async def test_parts_of_seconds_are_kept_as_well(clock: Clock) -> None:
    count = counted(0.25)
    assert [await ask(count), await ask(count)] == [1, 1]
    clock.now += 0.26
    assert await ask(count) == 2


async def test_a_redis_that_is_gone_costs_the_work_only(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (options,) = settings.CACHES.values()
    settings.CACHES = {"default": {**options, "LOCATION": "redis://127.0.0.1:1/0"}}
    count = counted(30)
    assert [await ask(count), await ask(count)] == [1, 2]
    assert "The cache can't be read" in caplog.text
