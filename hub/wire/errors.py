"""The one error of the hub.

Every failure a caller may see is a :class:`HubError`. Edges turn it into what their transport
speaks: problem+json (RFC 9457), a command's exit, later GraphQL ``extensions`` and RPC envelopes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong value: ``field`` is its dotted path (``items.0.price``), empty for the whole."""

    field: str
    message: str
    code: str

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "message": self.message, "code": self.code}


class HubError(Exception):
    """A failure with a stable ``code`` that a caller may see.

    ``status`` is the HTTP status the error has on HTTP transports, ``hint`` says what to do about
    it, ``detail`` holds further members, JSON-serialisable, and ``headers`` what an HTTP answer
    must carry (``WWW-Authenticate``, ``Allow``, ``Retry-After``).
    """

    default_code: ClassVar[str] = "error"
    default_status: ClassVar[int] = 400

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        hint: str = "",
        detail: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.status = status or self.default_status
        self.hint = hint
        self.detail: Mapping[str, Any] = detail or {}
        self.headers: Mapping[str, str] = headers or {}

    @classmethod
    def restored(cls, message: str, **members: Any) -> Self:
        """The error as another process raised it, from what it said of itself. Classes have
        constructors of their own, which are not called."""
        error = cls.__new__(cls, message)
        HubError.__init__(error, message, **members)
        return error


class BadRequest(HubError):
    """The request can't be read: broken JSON, bad UTF-8, a malformed header."""

    default_code = "bad_request"


class Unauthenticated(HubError):
    """No valid credentials, RFC 9110 §15.5.2: always answers with a challenge."""

    default_code = "unauthenticated"
    default_status = 401

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        challenge = 'Bearer realm="hub"'
        if code:
            challenge += ', error="invalid_token"'  # RFC 6750 §3.1: only when a token was given
        super().__init__(message, code=code, hint=hint, headers={"WWW-Authenticate": challenge})


class Forbidden(HubError):
    """The caller is known and may not do this."""

    default_code = "forbidden"
    default_status = 403


class NotFound(HubError):
    default_code = "not_found"
    default_status = 404


class MethodNotAllowed(HubError):
    default_code = "method_not_allowed"
    default_status = 405


class Conflict(HubError):
    default_code = "conflict"
    default_status = 409


class PayloadTooLarge(HubError):
    default_code = "payload_too_large"
    default_status = 413


class UnsupportedMediaType(HubError):
    default_code = "unsupported_media_type"
    default_status = 415


class InvalidInput(HubError):
    """Values of the wrong kind; ``errors`` names each of them."""

    default_code = "invalid_input"
    default_status = 422

    def __init__(self, message: str, errors: Sequence[FieldError], *, hint: str = "") -> None:
        super().__init__(
            message, hint=hint, detail={"errors": [error.as_dict() for error in errors]}
        )
        self.errors = tuple(errors)

    @classmethod
    def restored(cls, message: str, **members: Any) -> Self:
        error = super().restored(message, **members)
        told = error.detail.get("errors")
        error.errors = tuple(
            FieldError(*(str(one.get(name, "")) for name in ("field", "message", "code")))
            for one in (told if isinstance(told, (list, tuple)) else ())
            if isinstance(one, Mapping)
        )
        return error


class InternalError(HubError):
    """Something broke inside; the message tells nothing of it, the log does."""

    default_code = "internal_error"
    default_status = 500


class Unavailable(HubError):
    """Switched off, draining or overloaded: try again later."""

    default_code = "unavailable"
    default_status = 503


class DeadlineExceeded(HubError):
    default_code = "deadline_exceeded"
    default_status = 504
