"""Errors of Django, django-ninja and DRF as the hub's one error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from ninja.errors import (
    AuthenticationError,
    HttpError,
    Throttled,
    ValidationError,
    ValidationErrorContext,
)
from rest_framework import exceptions as drf
from rest_framework.response import Response

from hub.web.asgi import reference_to
from hub.wire.errors import (
    FieldError,
    Forbidden,
    HubError,
    InvalidInput,
    NotFound,
    Unauthenticated,
)
from hub.wire.problem import MEDIA_TYPE, encode_problem, problem

# Where ninja says a value came from is no part of the field's name.
_SOURCES = frozenset({"body", "query", "path", "header", "cookie", "form", "file"})

# Pydantic's kinds of error that have the hub's own code and words.
_WORDS = {
    "extra_forbidden": ("unknown_field", "there is no such field"),
    "missing": ("missing", "is required"),
}

_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "too_many_requests",
}


def problem_response(error: HubError, *, instance: str = "") -> HttpResponse:
    """The error as a Django response with problem+json; ``instance`` is the decoded path."""
    return HttpResponse(
        encode_problem(error, instance=reference_to(instance)),
        status=error.status,
        content_type=MEDIA_TYPE,
        headers=dict(error.headers),
    )


def of_ninja(error: Exception) -> HubError:
    """The errors django-ninja raises around an operation."""
    if isinstance(error, HubError):
        return error
    if isinstance(error, ValidationError):
        return _invalid([_field_error(entry, _named(entry["loc"])) for entry in error.errors])
    if isinstance(error, AuthenticationError):
        return Unauthenticated("Sign in or send a token.")
    if isinstance(error, Throttled):
        headers = {"Retry-After": str(error.wait)} if error.wait else {}
        return HubError(str(error), code="too_many_requests", status=429, headers=headers)
    if isinstance(error, HttpError):
        if isinstance(error.__cause__, HubError):  # what our parser raised, wrapped by ninja
            return error.__cause__
        code = _CODES.get(error.status_code, "error")
        return HubError(str(error), code=code, status=error.status_code)
    return NotFound("There is nothing here.")


def of_ninja_values(contexts: Iterable[ValidationErrorContext[Any]]) -> InvalidInput:
    """What Pydantic says of a route's values, before ninja makes its own error of it."""
    return _invalid(
        [
            _field_error(dict(entry), _shown(context, entry["loc"]))
            for context in contexts
            for entry in context.pydantic_validation_error.errors(
                include_url=False, include_input=False, include_context=False
            )
        ]
    )


def drf_exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook: what it does not know stays an exception for the handler above it."""
    known = of_drf(error)
    if known is None:
        return None
    path = context["request"].path
    response = Response(
        problem(known, instance=reference_to(path)),
        status=known.status,
        headers=dict(known.headers),
    )
    response.content_type = MEDIA_TYPE
    return response


def of_drf(error: Exception) -> HubError | None:
    """DRF's and Django's exceptions as the hub's; ``None`` for unexpected ones."""
    if isinstance(error, HubError):
        return error
    if isinstance(error, Http404):
        return NotFound("There is no such thing.")
    if isinstance(error, PermissionDenied | drf.PermissionDenied):
        return Forbidden(str(error) or "You may not do this.")
    if isinstance(error, drf.NotAuthenticated | drf.AuthenticationFailed):
        return Unauthenticated(str(error.detail))
    if isinstance(error, drf.ValidationError):
        return _invalid(list(_drf_fields(error.detail, "")))
    if isinstance(error, drf.ParseError):
        reason = str(error.detail).removeprefix("JSON parse error - ")
        return HubError(f"The JSON can't be read: {reason}.", code="invalid_json")
    if isinstance(error, drf.APIException):
        wait = getattr(error, "wait", None)
        headers = {"Retry-After": str(int(wait))} if wait else {}
        code = _CODES.get(error.status_code, "error")
        return HubError(str(error.detail), code=code, status=error.status_code, headers=headers)
    return None


def _invalid(errors: Sequence[FieldError]) -> InvalidInput:
    first = errors[0] if errors else FieldError("", "The values are not valid.", "invalid")
    message = f"{first.field}: {first.message}" if first.field else first.message
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return InvalidInput(message + more, errors)


def _shown(
    context: ValidationErrorContext[Any], path: tuple[int | str, ...]
) -> tuple[int | str, ...]:
    """The path as the caller knows it: without the names of the view's parameters that stand for
    a whole body or a set of query parameters."""
    model: Any = context.model
    if getattr(model, "__read_from_single_attr__", None):
        return path[1:]
    shown: tuple[int | str, ...] = model.__ninja_flatten_map_reverse__.get(path, path)
    return shown


def _named(path: Sequence[int | str]) -> Sequence[int | str]:
    return path[1:] if path and path[0] in _SOURCES else path


def _field_error(entry: Mapping[str, Any], path: Sequence[int | str]) -> FieldError:
    kind = str(entry["type"])
    code, message = _WORDS.get(kind, (kind, str(entry["msg"])))
    if kind == "missing" and not path:
        message = "A JSON body is required."
    return FieldError(".".join(str(part) for part in path), message, code)


def _drf_fields(detail: Any, path: str) -> Iterator[FieldError]:
    if isinstance(detail, Mapping):
        for name, value in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _drf_fields(value, f"{path}.{own}".strip("."))
    elif isinstance(detail, list | tuple):
        for index, value in enumerate(detail):
            nested = f"{path}.{index}" if isinstance(value, Mapping | list) else path
            yield from _drf_fields(value, nested.strip("."))
    else:
        yield FieldError(path, str(detail), getattr(detail, "code", "invalid"))
