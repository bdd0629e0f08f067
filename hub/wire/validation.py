"""Pydantic's errors as the hub's: each wrong field by its dotted path."""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from hub.wire.errors import BadRequest, FieldError, InvalidInput

_CODES: Final = {
    "extra_forbidden": "unknown_field",
    "unexpected_keyword_argument": "unknown_field",  # a dataclass's word for it
    "missing": "missing",
}
_MESSAGES: Final = {"unknown_field": "there is no such field", "missing": "is required"}


def invalid(error: ValidationError) -> InvalidInput | BadRequest:
    """``BadRequest`` where the JSON itself is broken, else every wrong field."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    if details and details[0]["type"] == "json_invalid" and not details[0]["loc"]:
        return BadRequest(f"The JSON can't be read: {details[0]['msg']}.", code="invalid_json")
    errors = [_field_error(detail) for detail in details]
    first = errors[0] if errors else FieldError("", "is not valid", "invalid")
    message = f"{first.field}: {first.message}" if first.field else first.message
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return InvalidInput(message + more, errors)


def refuse_constants(document: bytes) -> None:
    """Pydantic reads ``NaN`` and ``Infinity``, which are no JSON."""
    if b"NaN" in document or b"Infinity" in document:
        try:
            from_json(document, allow_inf_nan=False)
        except ValueError as error:
            raise BadRequest(f"The JSON can't be read: {error}.", code="invalid_json") from None


def _field_error(detail: ErrorDetails) -> FieldError:
    kind = detail["type"]
    path = ".".join(str(part) for part in detail["loc"])
    code = _CODES.get(kind, kind)
    return FieldError(path, _MESSAGES.get(code, detail["msg"]), code)
