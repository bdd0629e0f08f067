"""Who is calling: the one place where a request's caller is made, for every transport."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from hub.operations.threads import run_in_thread
from hub.sdk.callers import ANONYMOUS, Caller
from hub.sdk.trail import note_caller
from hub.security import jwt
from hub.security.jwt import Claims
from hub.security.lookups import Credential, TokenDigest, known
from hub.security.lookups import caller_of_user as caller_of_user
from hub.security.sessions import session_caller, session_caller_of_scope
from hub.security.tokens import PREFIX, digest, is_token
from hub.wire.errors import Unauthenticated


async def caller_of(scope: Mapping[str, Any]) -> Caller:
    """The caller of an ASGI ``http`` or ``websocket`` scope.

    An Authorization header decides alone; without one, a session cookie does; without either the
    caller is anonymous, which costs nothing. Raises :class:`Unauthenticated` for credentials that
    do not hold (``invalid_token``, ``token_expired``) and :class:`Forbidden` (``csrf_failed``)
    for an unsafe method in a session without its CSRF token.
    """
    authorization = cookie = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            if authorization is not None:
                raise _malformed()
            authorization = value
        elif name == b"cookie":
            cookie = value if cookie is None else cookie + b";" + value
    if authorization is not None:
        key = _lookup_key(authorization.decode("latin-1"))
        return _accepted(await known.aget(key))
    if cookie is not None and settings.SESSION_COOKIE_NAME.encode() in cookie:
        return note_caller(await run_in_thread(session_caller_of_scope, scope))
    return ANONYMOUS


def caller_of_request(request: HttpRequest) -> Caller:
    """The same for a Django request, for sync code. May do database I/O.

    ``request.caller``, set by who made the request, is used as it is.
    """
    caller = getattr(request, "caller", None)
    if isinstance(caller, Caller):
        return caller
    authorization = request.META.get("HTTP_AUTHORIZATION")
    if authorization is not None:
        return _accepted(known.get(_lookup_key(authorization)))
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return note_caller(session_caller(request))
    return ANONYMOUS


async def acaller_of_request(request: HttpRequest) -> Caller:
    """The same for async code."""
    caller = getattr(request, "caller", None)
    if isinstance(caller, Caller):
        return caller
    if not isinstance(request, ASGIRequest):
        # Django's test client: its thread holds the test's transaction.
        return await sync_to_async(caller_of_request)(request)
    authorization = request.META.get("HTTP_AUTHORIZATION")
    if authorization is not None:
        return _accepted(await known.aget(_lookup_key(authorization)))
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return note_caller(await run_in_thread(session_caller, request))
    return ANONYMOUS


def _lookup_key(authorization: str) -> TokenDigest | Claims:
    """Check all of a header that can be checked without the database."""
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip(" ")
    if scheme.lower() != "bearer" or not credential or not credential.isascii():
        raise _malformed()
    if not credential.startswith(PREFIX):
        return jwt.verify(credential)
    if not is_token(credential):
        raise jwt.invalid_token()
    return TokenDigest(digest(credential))


def _accepted(found: Credential | None) -> Caller:
    if found is None:
        raise jwt.invalid_token()
    if found.expires_at is not None and found.expires_at <= time.time():
        raise jwt.token_expired()
    return note_caller(found.caller)


def _malformed() -> Unauthenticated:
    return Unauthenticated(
        "The Authorization header can't be read.",
        code="invalid_token",
        hint="Send one header: Authorization: Bearer <token>",
    )
