"""The hub's own tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from celery import shared_task

from hub.operations.engine import engine
from hub.operations.pipeline import invoke_sync
from hub.sdk.callers import EVERY_SCOPE, Caller
from hub.wire.errors import HubError

SYSTEM: Final = Caller(
    kind="system",
    username="schedule",
    scopes=frozenset({EVERY_SCOPE}),
    is_staff=True,
    is_superuser=True,
)


# The pipeline logs what is unexpected: Celery need not do so again.
@shared_task(name="hub.run_operation", throws=(HubError,))  # type: ignore[untyped-decorator]
def run_operation(name: str, arguments: Mapping[str, Any] | None = None) -> Any:
    """Call an operation as the hub itself; its result as JSON-like values."""
    operation = engine().operation(name)
    value = invoke_sync(
        operation, caller=SYSTEM, arguments=dict(arguments or {}), transport="schedule"
    )
    return operation.output.to_python(value)
