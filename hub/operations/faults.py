"""What an action may raise, as the hub's one error.

Django's own exceptions for bad requests keep their meaning; everything else is internal.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelError
from django.db import DataError
from django.http import Http404

from hub.operations.exception_handlers import handled
from hub.wire.envelope import ErrorEnvelope, error_map
from hub.wire.errors import FieldError, Forbidden, HubError, InternalError, InvalidInput, NotFound

logger = logging.getLogger(__name__)


class DeclaredFault(HubError):
    """An exception that the operation declares with ``raises=``: edges show its code and text, and
    callers that know its class get :attr:`error` or its like."""

    def __init__(self, error: Exception, envelope: ErrorEnvelope, told: HubError | None) -> None:
        detail = {**envelope.detail, "exception": envelope.exception}
        if told is None:
            super().__init__(
                envelope.message, code=envelope.code, status=envelope.status, detail=detail
            )
        else:
            super().__init__(
                told.message,
                code=told.code,
                status=told.status,
                hint=told.hint,
                detail={**detail, **told.detail},
                headers=told.headers,
            )
        self.error = error

    @property
    def envelope(self) -> ErrorEnvelope:
        detail = dict(self.detail)
        name = str(detail.pop("exception"))
        return ErrorEnvelope(
            code=self.code,
            message=self.message,
            status=self.status,
            hint=self.hint,
            detail=detail,
            exception=name,
        )


@contextmanager
def as_declared() -> Iterator[None]:
    """For callers in this process: what the operation declares to raise, they get as it was."""
    try:
        yield
    except DeclaredFault as fault:
        raise fault.error from fault.error.__cause__


def as_hub_error(
    error: Exception, *, plugin: str = "", raises: tuple[type[Exception], ...] = ()
) -> HubError:
    """``error`` itself if it is the hub's, else what it means to a caller: by an exception handler
    of the ``plugin`` whose code raised it, or by what the hub knows of Django's exceptions. What
    the operation declares by ``raises`` is a :class:`DeclaredFault`."""
    if isinstance(error, HubError):
        return error
    answer = handled(error, plugin=plugin)
    if raises and isinstance(error, raises):
        return DeclaredFault(error, error_map(raises).envelope(error), answer)
    if answer is not None:
        return answer
    if isinstance(error, Http404):
        return NotFound(str(error) or "There is no such thing.")
    if isinstance(error, PermissionDenied):
        return Forbidden(str(error) or "You may not do this.")
    if isinstance(error, ModelError):
        return _invalid(error)
    if isinstance(error, DataError) or _is_beyond_sqlite(error):
        # PostgreSQL takes no NUL in a text and no number beyond its column; SQLite takes a NUL, and
        # numbers of 64 bits.
        logger.warning("A value did not fit into the database.", exc_info=error)
        message = "A value can't be stored: a number is too large, or a text holds a NUL character."
        return InvalidInput(message, [FieldError("", message, "not_storable")])
    return InternalError("Something went wrong inside; the operators find it in the log.")


def _is_beyond_sqlite(error: Exception) -> bool:
    """Python's driver has no exception of its own for it, and Django hands it on."""
    return isinstance(error, OverflowError) and "SQLite INTEGER" in str(error)


def _invalid(error: ModelError) -> InvalidInput:
    if hasattr(error, "error_dict"):
        errors = [
            FieldError("" if field == NON_FIELD_ERRORS else field, message, "invalid")
            for field, messages in error.message_dict.items()
            for message in messages
        ]
    else:
        errors = [FieldError("", message, "invalid") for message in error.messages]
    return InvalidInput(errors[0].message if errors else "The values are not valid.", errors)
