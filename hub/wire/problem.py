"""Problem Details for HTTP APIs (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from pydantic_core import to_json

from hub.wire.errors import HubError

MEDIA_TYPE = "application/problem+json"

_RESERVED = frozenset({"type", "title", "status", "detail", "code", "hint", "instance"})


def problem(error: HubError, *, instance: str = "") -> dict[str, Any]:
    """The members of the problem document. ``detail`` members can't shadow the reserved ones."""
    body: dict[str, Any] = {
        "type": f"urn:hub:problem:{error.code}",
        "title": _title(error.status),
        "status": error.status,
        "code": error.code,
        "detail": error.message,
    }
    if error.hint:
        body["hint"] = error.hint
    if instance:
        # Django decodes odd bytes of a path to lone surrogates, which no JSON can hold.
        body["instance"] = instance.encode(errors="replace").decode()
    body.update((key, value) for key, value in error.detail.items() if key not in _RESERVED)
    return body


def encode_problem(error: HubError, *, instance: str = "") -> bytes:
    """The document as JSON. Own members without a JSON form are left out rather than the answer."""
    try:
        return to_json(
            problem(error, instance=instance),
            fallback=str,
            bytes_mode="base64",
            inf_nan_mode="null",
        )
    except ValueError:
        bare = HubError(error.message, code=error.code, status=error.status, hint=error.hint)
        return json.dumps(problem(bare, instance=instance)).encode()  # escapes what is no UTF-8


# RFC 9110's names; Python 3.12 and older have those from before.
_NEWER_TITLES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}


def _title(status: int) -> str:
    if status in _NEWER_TITLES:
        return _NEWER_TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
