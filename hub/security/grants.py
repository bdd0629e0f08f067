"""Pairs of access and refresh tokens: handed out, renewed, revoked.

A refresh token is used once and replaced. A second use means that it was copied: the whole chain
ends, with the access tokens that came from it (RFC 9700 §4.14.2).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from hub.security import jwt
from hub.security.models import RefreshToken, RevokedAccess
from hub.security.scopes import Scopes, format_scopes, narrowed, parse_scopes, scopes_of
from hub.security.tokens import digest
from hub.wire.errors import Unauthenticated

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REFRESH_LIFETIME = timedelta(days=14)

_REFRESH = re.compile(r"hubr_[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Grant:
    """``scopes`` are what the access token may use; ``expires_in`` is in seconds."""

    access_token: str
    refresh_token: str
    scopes: Scopes
    expires_in: int = jwt.ACCESS_SECONDS


def grant(user: User, *, wanted: Scopes, family: uuid.UUID | None = None) -> Grant:
    """A new pair for ``user``: a new chain, or the next link of ``family``."""
    chain = family or uuid.uuid4()
    plain = f"hubr_{secrets.token_hex(32)}"
    now = timezone.now()
    RefreshToken.objects.filter(user=user, expires_at__lte=now).delete()
    RefreshToken.objects.create(
        user=user,
        digest=digest(plain),
        family=chain,
        scopes=format_scopes(wanted),
        credentials=_credentials_of(user),
        created_at=now,
        expires_at=now + REFRESH_LIFETIME,
    )
    held = narrowed(wanted, scopes_of(user))
    access = jwt.sign(user_id=user.pk, username=user.username, scopes=wanted, sid=chain.hex)
    return Grant(access, plain, held)


def renew(plain: str) -> Grant:
    """The next pair. Raises :class:`Unauthenticated` for a token that is unknown, expired, used
    or revoked, or whose user is inactive or has another password now."""
    if not _REFRESH.fullmatch(plain):
        raise _not_valid()
    row = RefreshToken.objects.select_related("user").filter(digest=digest(plain)).first()
    if row is None:
        raise _not_valid()
    if row.expires_at <= timezone.now():
        raise jwt.token_expired()
    if row.user.is_active and row.credentials in _all_credentials_of(row.user):
        with transaction.atomic():
            if _take(row):
                return grant(row.user, wanted=parse_scopes(row.scopes), family=row.family)
    end_chain(row.family)
    raise _not_valid()


def _take(row: RefreshToken) -> bool:
    """Use the token up. One conditional UPDATE: of two who come at once, exactly one goes on."""
    unused = RefreshToken.objects.filter(pk=row.pk, used_at=None, revoked_at=None)
    return bool(unused.update(used_at=timezone.now()))


def revoke(text: str) -> None:
    """Revoke a refresh token with its chain, or one access token (RFC 7009). What is unknown,
    expired or revoked already is no error: it is not valid, as was wished."""
    if _REFRESH.fullmatch(text):
        row = RefreshToken.objects.filter(digest=digest(text)).first()
        if row is not None:
            end_chain(row.family)
        return
    try:
        claims = jwt.verify(text)
    except Unauthenticated:
        return
    if claims.jti:
        _refuse(claims.jti)


def end_chain(family: uuid.UUID) -> None:
    with transaction.atomic():
        RefreshToken.objects.filter(family=family, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        _refuse(family.hex)


def _refuse(identifier: str) -> None:
    now = timezone.now()
    until = now + timedelta(seconds=jwt.ACCESS_SECONDS + 2 * jwt.LEEWAY_SECONDS)
    RevokedAccess.objects.filter(expires_at__lte=now).delete()
    RevokedAccess.objects.update_or_create(identifier=identifier, defaults={"expires_at": until})


def _credentials_of(user: User) -> str:
    return hashlib.sha256(user.get_session_auth_hash().encode()).hexdigest()


def _all_credentials_of(user: User) -> set[str]:
    """With those under older secret keys, so that changing the key signs nobody out."""
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return {hashlib.sha256(value.encode()).hexdigest() for value in hashes}


def _not_valid() -> Unauthenticated:
    return Unauthenticated(
        "The refresh token is not valid.",
        code="invalid_token",
        hint="Sign in again with user name and password.",
    )
