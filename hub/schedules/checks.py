"""System check ``hub.W031``: schedules that can't be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from hub.loader.checks import finding
from hub.operations.engine import engine
from hub.schedules.declarations import declared_schedules

HINT = "Mend every(), cron() or their arguments; all other schedules are kept."


def check_schedules(
    *, app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    return [
        finding("031", f"The schedule '{entry.name}' is left out: {entry.problem}", hint=HINT)
        for entry in declared_schedules(engine())
        if entry.problem
    ]
