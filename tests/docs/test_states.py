"""Each word for a state is told on the page where readers look for it."""

from __future__ import annotations

from enum import StrEnum

import pytest
from django.db.models import TextChoices

from hub.loader.catalog import PluginState
from hub.runtime.states import WorkerState
from hub.schedules.models import Run
from hub.sdk import Status
from tests.docs.examples import DOCS


@pytest.mark.parametrize(
    ("states", "page"),
    [
        (Status, "plugins/health.md"),
        (PluginState, "plugins/index.md"),
        (WorkerState, "plugins/runtime.md"),
        (Run.State, "plugins/schedules.md"),
    ],
)
def test_every_state_is_told(states: type[StrEnum] | type[TextChoices], page: str) -> None:
    text = (DOCS / page).read_text()
    assert [
        state for state in states if f"`{state}`" not in text and f"*{state}*" not in text
    ] == []
