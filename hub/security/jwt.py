"""Reading and signing JSON Web Tokens (RFC 7519, hardened after RFC 8725 and RFC 9068)."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt

from hub.security.keys import Key, KeyRing, key_ring, signing_key
from hub.security.scopes import Scopes, format_scopes, parse_scopes
from hub.wire.errors import Unauthenticated

ACCESS_SECONDS = 15 * 60
LEEWAY_SECONDS = 30

_TYPE = "at+jwt"  # RFC 9068 §2.1
_REQUIRED = ["exp", "iat", "iss", "aud", "sub"]
_MAX_CHARACTERS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a checked token says. ``user_id``, ``jti`` and ``sid`` (the chain of refresh tokens it
    came from) are set in the hub's own tokens only; ``expires_at`` is in seconds since 1970."""

    username: str
    scopes: Scopes
    expires_at: int
    user_id: int | None = None
    jti: str = ""
    sid: str = ""


def sign(*, user_id: int, username: str, scopes: Scopes, sid: str) -> str:
    """An access token of the hub's own, good for :data:`ACCESS_SECONDS`."""
    key = signing_key()
    now = int(time.time())
    claims = {
        "iss": key.issuer,
        "aud": key.audience,
        "sub": username,
        "uid": user_id,
        "iat": now,
        "exp": now + ACCESS_SECONDS,
        "jti": secrets.token_hex(16),
        "sid": sid,
        "scope": format_scopes(scopes),
    }
    return jwt.encode(
        claims, key.material, algorithm=key.algorithm, headers={"kid": key.kid, "typ": _TYPE}
    )


def verify(token: str) -> Claims:
    """The claims of a valid token. Raises :class:`Unauthenticated` with the code
    ``token_expired`` for one that was valid, ``invalid_token`` for everything else."""
    if len(token) > _MAX_CHARACTERS:
        raise invalid_token("The token is too long.")
    claims = _verified(token, key_ring())
    if claims.expires_at <= time.time() - LEEWAY_SECONDS:
        raise token_expired()
    return claims


@lru_cache(maxsize=1024)
def _verified(token: str, ring: KeyRing) -> Claims:
    """Remembered, as a signature stays valid and costs a hundred times the look-up; only valid
    tokens are, and their expiry is looked at each time."""
    try:
        key = _key_for(jwt.get_unverified_header(token), ring)
        payload = jwt.decode(
            token,
            key.material,
            algorithms=[key.algorithm],
            audience=key.audience,
            issuer=key.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
    except jwt.ExpiredSignatureError:
        raise token_expired() from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise invalid_token() from None
    return _own_claims(payload) if key.own else _foreign_claims(payload)


def invalid_token(message: str = "The token is not valid.") -> Unauthenticated:
    return Unauthenticated(message, code="invalid_token", hint="Get a new token and send that.")


def token_expired() -> Unauthenticated:
    return Unauthenticated(
        "The token has expired.", code="token_expired", hint="Get a new token and send that."
    )


def _key_for(header: dict[str, Any], ring: KeyRing) -> Key:
    """The key that ``kid`` names; everything else in the header is checked, not believed."""
    kid = header.get("kid")
    key = ring.by_kid.get(kid) if isinstance(kid, str) else None
    if key is None or "crit" in header or "b64" in header:
        raise invalid_token()
    kind = header.get("typ", "" if key.own else "JWT")
    if not isinstance(kind, str):
        raise invalid_token()
    kind = kind.lower().removeprefix("application/")
    if kind not in ({_TYPE} if key.own else {_TYPE, "jwt"}):
        raise invalid_token("This is not an access token.")
    return key


def _own_claims(payload: dict[str, Any]) -> Claims:
    user_id, jti, sid = payload.get("uid"), payload.get("jti"), payload.get("sid")
    if not isinstance(user_id, int) or not isinstance(jti, str) or not isinstance(sid, str):
        raise invalid_token()
    return Claims(
        username=_username(payload),
        scopes=_scopes(payload),
        expires_at=int(payload["exp"]),
        user_id=user_id,
        jti=jti,
        sid=sid,
    )


def _foreign_claims(payload: dict[str, Any]) -> Claims:
    return Claims(
        username=_username(payload), scopes=_scopes(payload), expires_at=int(payload["exp"])
    )


def _username(payload: dict[str, Any]) -> str:
    username: str = payload["sub"]
    if not username or not username.isprintable():  # else the database might refuse to look it up
        raise invalid_token()
    return username


def _scopes(payload: dict[str, Any]) -> Scopes:
    text = payload.get("scope", "")
    if not isinstance(text, str):
        raise invalid_token()
    return parse_scopes(text)
