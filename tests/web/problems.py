"""What every refusal looks like."""

from __future__ import annotations

from typing import Any

from hub.testing import Answer


def problem_of(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The problem document, checked: status, code, media type, and nothing internal in it."""
    assert answer.headers["content-type"] == "application/problem+json", answer
    body: dict[str, Any] = answer.json()
    assert (answer.status, body["status"], body["code"]) == (status, status, code), body
    assert body["type"] == f"urn:hub:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert b"Traceback" not in answer.body
    assert b'File \\"' not in answer.body
    return body


def fields_of(answer: Answer, status: int = 422, code: str = "invalid_input") -> dict[str, str]:
    """The code of each wrong field."""
    return {entry["field"]: entry["code"] for entry in problem_of(answer, status, code)["errors"]}
