from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.health import healthz, heartbeats, outcomes
from hub.health.declared import Checks, declared_checks
from hub.health.models import Check
from hub.health.reading import Reader
from hub.operations import switches
from hub.operations.threads import stop_threads
from hub.registry.sync import sync
from hub.security.lookups import known
from tests.health.plugins import catalog_of

Declare = Callable[..., Checks]


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test's database is new: nothing this process knows of the last one may count."""
    monkeypatch.setattr(healthz, "reader", Reader())
    known.forget()
    switches.forget()
    outcomes._unended.clear()
    heartbeats._written.clear()
    yield
    known.forget()
    switches.forget()


@pytest.fixture
def declare() -> Iterator[Declare]:
    """Makes the functions checks of the plugin ``kitchen``, as rows that are due; the answer is
    what the process knows. A second call is a restart with other code."""

    def declared(*functions: Any, due: bool = True) -> Checks:
        engine = catalog_of(kitchen=functions)
        sync(engine)
        if due:
            make_due()
        return declared_checks(engine.catalog)

    yield declared
    stop_threads()


def make_due() -> None:
    from django.utils import timezone

    Check.objects.update(due_at=timezone.now())
