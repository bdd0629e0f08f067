"""Callers signed in with Django's session: its own session, auth and CSRF code does the work."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from hub.sdk.callers import ANONYMOUS, Caller
from hub.security.lookups import caller_of_user
from hub.wire.errors import Forbidden


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        raise Forbidden(
            f"CSRF check failed: {reason}",
            code="csrf_failed",
            hint="With a session cookie, send the value of the csrftoken cookie as X-CSRFToken; "
            "programs should send an API token instead.",
        )


def _no_response(request: HttpRequest) -> HttpResponse:
    raise AssertionError("These middlewares are used for their first half only.")


_sessions = SessionMiddleware(_no_response)
_csrf = _Csrf(_no_response)


def session_caller_of_scope(scope: Mapping[str, Any]) -> Caller:
    """The caller behind the session cookie of an ASGI scope. Does database I/O."""
    plain = {**scope, "method": scope.get("method", "GET"), "query_string": b""}
    return _caller_of(ASGIRequest(plain, BytesIO()))


def session_caller(request: HttpRequest) -> Caller:
    """The same for Django's own request. A stale or unknown session is an anonymous caller; a
    live one without its CSRF token on an unsafe method raises :class:`Forbidden`."""
    if isinstance(request, ASGIRequest) and not hasattr(request, "session"):
        # No middleware has seen it: on the API lane its ``user`` is what is being found out here,
        # and it is exempt from Django's CSRF check because this one is made.
        return session_caller_of_scope(request.scope)
    return _caller_of(request)


def _caller_of(request: HttpRequest) -> Caller:
    if "\x00" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""):
        return ANONYMOUS  # PostgreSQL would refuse to look it up
    if not hasattr(request, "session"):
        _sessions.process_request(request)
    user = getattr(request, "user", None) or get_user(request)
    if not isinstance(user, User) or not user.is_active:
        return ANONYMOUS
    _check_csrf(request)
    return caller_of_user(user, kind="session")


def _check_csrf(request: HttpRequest) -> None:
    """Django's check of origin, referer and token, the token taken from its header only: the
    body is JSON, is perhaps not here yet, and must not be parsed on the way."""
    bodiless: Any = HttpRequest()
    bodiless.method, bodiless.META, bodiless.COOKIES = request.method, request.META, request.COOKIES
    bodiless.path = request.path
    bodiless.session = request.session
    bodiless._get_scheme = lambda: request.scheme
    bodiless._dont_enforce_csrf_checks = getattr(request, "_dont_enforce_csrf_checks", False)
    _csrf.process_request(bodiless)
    _csrf.process_view(bodiless, _no_response, (), {})
