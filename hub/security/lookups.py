"""From a checked credential to its caller: the database's part of it, remembered for a moment."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError
from django.db.models import Q
from django.utils import timezone

from hub.sdk.callers import EVERY_SCOPE, Caller, CallerKind
from hub.security.jwt import Claims
from hub.security.models import ApiToken, RevokedAccess
from hub.security.recent import Recent
from hub.security.scopes import Scopes, narrowed, scopes_of
from hub.wire.errors import Unavailable

_USED_PERIOD = timedelta(minutes=1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TokenDigest:
    """An API token as it is looked up: the SHA-256 of its plain text, in hex."""

    value: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A caller and until when an API token holds, in seconds since 1970. A JWT's own expiry is
    checked each time it is read."""

    caller: Caller
    expires_at: float | None = None


def caller_of_user(user: User, *, kind: CallerKind, limit: Scopes | None = None) -> Caller:
    """The caller that ``user`` is, with no more rights than ``limit``. Does database I/O; the
    permissions are read only when a rule wants them.

    A limit without ``*`` takes all away that it does not name: the caller is no superuser and no
    staff then, and of the user's permissions has those that stand among the scopes.
    """
    held = scopes_of(user)
    whole = limit is None or EVERY_SCOPE in limit
    return Caller(
        kind=kind,
        user_id=user.pk,
        username=user.get_username(),
        scopes=held if limit is None else narrowed(limit, held),
        is_staff=user.is_staff and whole,
        is_superuser=user.is_superuser and whole,
        permission_loader=partial(_permissions_of, user.pk, limit=None if whole else limit),
    )


def _read(key: TokenDigest | Claims) -> Credential | None:
    try:
        return _by_token(key.value) if isinstance(key, TokenDigest) else _by_claims(key)
    except (DatabaseError, InterfaceError):
        logger.exception("Can't look up a credential: the database doesn't answer.")
        raise Unavailable(
            "The credentials can't be checked now.", hint="Try again in a moment."
        ) from None


known: Recent[TokenDigest | Claims, Credential] = Recent(_read)


def forget(**_: Any) -> None:
    """Signal handler: rows of access have changed in this process, which follows at once."""
    known.forget()


def _by_token(digest: str) -> Credential | None:
    token = ApiToken.objects.select_related("user").filter(digest=digest, revoked_at=None).first()
    if token is None or not token.user.is_active:
        return None
    _note_use(token)
    return Credential(
        caller_of_user(token.user, kind="token", limit=token.scope_set),
        token.expires_at.timestamp() if token.expires_at else None,
    )


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    stale = now - _USED_PERIOD
    if token.last_used_at is not None and token.last_used_at > stale:
        return
    try:
        ApiToken.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=token.pk
        ).update(last_used_at=now)
    except DatabaseError:
        logger.warning("Can't note that API token %s was used.", token.pk)


def _by_claims(claims: Claims) -> Credential | None:
    query = User.objects.filter(username=claims.username, is_active=True)
    if claims.user_id is not None:
        query = query.filter(pk=claims.user_id)
        if RevokedAccess.objects.filter(identifier__in=(claims.jti, claims.sid)).exists():
            return None
    user = query.first()
    if user is None:
        return None
    return Credential(caller_of_user(user, kind="jwt", limit=claims.scopes))


def _permissions_of(user_id: int, *, limit: Scopes | None) -> frozenset[str]:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    held = frozenset(user.get_all_permissions()) if user else frozenset()
    return held if limit is None else held & limit
