"""What every part of the document shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Part:
    """``paths`` and ``schemas`` (components) of one source."""

    paths: dict[str, Any]
    schemas: dict[str, Any]


SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"session": []}]

SECURITY_SCHEMES: Final[dict[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token (hub_…) made in the admin or by `hub token create`, or a "
        "JWT from /api/auth/token.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The admin's session. Unsafe methods need the X-CSRFToken header too.",
    },
}

PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "Problem Details for HTTP APIs, RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:hub:problem:<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; made for programs."},
        "detail": {"type": "string", "description": "One sentence for people."},
        "hint": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message", "code"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}

_RESPONSES: Final = {
    "400": ("BadRequest", "The request can't be read."),
    "401": ("Unauthenticated", "No valid credentials."),
    "403": ("Forbidden", "The caller may not do this."),
    "404": ("NotFound", "There is no such thing."),
    "409": ("Conflict", "The state of things does not allow it."),
    "413": ("PayloadTooLarge", "The body is too large."),
    "415": ("UnsupportedMediaType", "The body is not JSON."),
    "422": ("InvalidInput", "Values are wrong; each is named."),
    "503": ("Unavailable", "Switched off, stopping or overloaded: try again later."),
    "504": ("DeadlineExceeded", "The call did not finish within its deadline."),
    "default": ("Failure", "Any other failure."),
}


def response_components() -> dict[str, Any]:
    """The ``components.responses`` that the parts refer to."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        name: {"description": description, "content": content}
        for name, description in _RESPONSES.values()
    }


def problem_responses(
    *, public: bool, input: bool, body: bool, more: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The failures of one operation, as references. ``more`` are further statuses. 401 is among
    them even where everyone may call: a token that does not hold is refused everywhere."""
    statuses = ["400", "401", "422", "503", "default", *more]
    statuses += [] if public and not body else ["403"]
    statuses += ["404"] if input else []
    statuses += ["413", "415"] if body else []
    return {
        status: {"$ref": f"#/components/responses/{_RESPONSES[status][0]}"}
        for status in sorted(statuses)
    }
