"""A reading as ``application/health+json`` (draft-inadarei-api-health-check-06)."""

from __future__ import annotations

import json
from typing import Any, Final

import hub
from hub.health.reading import ReadCheck, Reading
from hub.sdk.health import Status

MEDIA_TYPE: Final = "application/health+json"

_WORDS: Final = {
    Status.UP: "pass",
    Status.DEGRADED: "warn",
    Status.UNKNOWN: "fail",
    Status.MAINTENANCE: "fail",
    Status.DOWN: "fail",
}


def http_status(reading: Reading) -> int:
    """§3.1: ``pass`` and ``warn`` are 2xx, ``fail`` is 5xx."""
    return 503 if _WORDS[reading.status] == "fail" else 200


def status_only(reading: Reading) -> bytes:
    """What strangers are told."""
    return json.dumps({"status": _WORDS[reading.status]}).encode()


def with_details(reading: Reading) -> bytes:
    """For those who may view the checks. ``observedValue`` is the time a check took."""
    body: dict[str, Any] = {
        "status": _WORDS[reading.status],
        "releaseId": hub.__version__,
        "description": f"The hub is {reading.status}.",
    }
    if reading.aside:
        body["notes"] = list(reading.aside)
    body["checks"] = {f"{check.name}:responseTime": [_entry(check)] for check in reading.checks}
    return json.dumps(body, ensure_ascii=False).encode()


def _entry(check: ReadCheck) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "componentId": check.name,
        "componentType": "component",
        "status": _WORDS[check.status],
    }
    if check.at is not None:
        entry["time"] = check.at.isoformat().replace("+00:00", "Z")
    if check.duration is not None:
        entry |= {"observedValue": round(check.duration * 1000, 3), "observedUnit": "ms"}
    if check.output and check.status is not Status.UP:  # §4.8: left out where all is well
        entry["output"] = check.output
    return entry
