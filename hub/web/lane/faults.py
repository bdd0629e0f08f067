"""What Django code raises around a view, as the hub's one error."""

from __future__ import annotations

import logging

from django.core.exceptions import BadRequest as DjangoBadRequest
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404

from hub.operations.exception_handlers import handled
from hub.operations.faults import as_hub_error
from hub.web.rest.gate import labels_by_mount
from hub.wire.errors import BadRequest, HubError, InternalError, NotFound, PayloadTooLarge

logger = logging.getLogger("hub.web")
security_logger = logging.getLogger("django.security")


def fault_of(error: Exception, *, path: str, request_id: str) -> HubError:
    """The error to answer. What is nobody's mistake but ours is logged with its traceback under
    the request's id, and answered without any text of it."""
    answer = None if isinstance(error, Resolver404) else _handled(error, path)
    known = _known(error) if answer is None else None
    if known is not None:
        if isinstance(error, SuspiciousOperation):
            security_logger.warning("%s: %s (request %s)", path, error, request_id)
        return known
    fault = answer or as_hub_error(error)
    if isinstance(fault, InternalError):
        logger.error("%s failed (request %s)", path, request_id, exc_info=error)
    return fault


def _handled(error: Exception, path: str) -> HubError | None:
    """What the exception handlers of the plugins say, of the one whose route it is first."""
    mount = path.removeprefix("/api/").partition("/")[0]
    return handled(error, plugin=labels_by_mount().get(mount, ""))


def _known(error: Exception) -> HubError | None:
    if isinstance(error, Resolver404):
        return NotFound("There is nothing at this address.")
    if isinstance(error, Http404):
        return NotFound("There is no such thing.")
    if isinstance(error, RequestDataTooBig):
        return PayloadTooLarge("The body is too large.")
    if isinstance(error, TooManyFieldsSent | TooManyFilesSent):
        return BadRequest("The form has too many fields or files.", code="too_many_fields")
    if isinstance(error, UnreadablePostError):
        return BadRequest("The body can't be read.")
    if isinstance(error, MultiPartParserError):
        return BadRequest("The form can't be read.", code="invalid_form")
    if isinstance(error, SuspiciousOperation | DjangoBadRequest):
        return BadRequest("The request is not acceptable.")
    return None
