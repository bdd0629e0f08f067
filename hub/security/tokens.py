"""API tokens: ``hub_<prefix>_<secret>``, made once, found again by their SHA-256 only."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from hub.security.models import ApiToken
from hub.security.scopes import format_scopes

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PREFIX = "hub_"

_TOKEN = re.compile(r"hub_([0-9a-f]{8})_[0-9a-f]{64}")


def digest(plain: str) -> str:
    """SHA-256 in hex. Without salt or stretching: the secrets hold 256 random bits."""
    return hashlib.sha256(plain.encode()).hexdigest()


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def issue(
    user: User, *, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token. The plain text is in the answer and nowhere else, ever again."""
    prefix = secrets.token_hex(4)
    plain = f"{PREFIX}{prefix}_{secrets.token_hex(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=digest(plain),
        scopes=format_scopes(scopes),
        expires_at=expires_at,
    )
    return token, plain


def revoke(token: ApiToken) -> bool:
    """Refuse the token from now on; every process follows within a second. False if it was
    revoked before."""
    if token.revoked_at is not None:
        return False
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    return True
