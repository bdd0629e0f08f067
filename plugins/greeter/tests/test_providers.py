"""The tour's provider: an action gets what it marks, and a test puts something else in place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from hub.testing import call, override
from plugins.greeter.providers import Clock

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Stopped(Clock):
    def now(self) -> datetime:
        return NOON


def test_slow_now_asks_the_clock() -> None:
    cache.clear()
    with override(Clock, Stopped()):
        assert call("greeter.slow_now") == NOON
    cache.clear()
    assert call("greeter.slow_now") > NOON
