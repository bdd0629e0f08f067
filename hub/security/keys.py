"""The keys that may sign JWTs: the hub's own and those of ``HUB_JWT_KEYS``.

Each key has one algorithm, fixed here and never read from a token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Algorithm = Literal["HS256", "RS256", "ES256"]

ISSUER = AUDIENCE = "urn:hub"
OWN_KID = "hub-"

_MIN_SECRET_BYTES = 32  # RFC 7518 §3.2: as long as the hash
_MIN_RSA_BITS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key and what its tokens must say. ``own`` keys sign the hub's own tokens."""

    kid: str
    algorithm: Algorithm
    material: Any = field(repr=False)
    issuer: str
    audience: str
    own: bool = False


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    kid: str = Field(min_length=1, max_length=200)
    algorithm: Algorithm
    key: str = Field(min_length=1, repr=False)
    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)


def signing_key() -> Key:
    """The hub's own key, derived from ``SECRET_KEY``."""
    return _own_key(settings.SECRET_KEY)


@dataclass(frozen=True, slots=True, eq=False)
class KeyRing:
    """All keys by kid. The same settings give the same object."""

    by_kid: Mapping[str, Key]


def key_ring() -> KeyRing:
    """Raises :class:`ImproperlyConfigured` naming the first wrong entry, never the key in it."""
    return _key_ring(
        (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS), getattr(settings, "HUB_JWT_KEYS", "")
    )


@lru_cache(maxsize=4)
def _key_ring(secrets: tuple[str, ...], text: str) -> KeyRing:
    keys = {key.kid: key for key in map(_own_key, secrets)}
    for position, raw in enumerate(_entries(text)):
        key = _read(raw, position=position)
        if key.kid in keys:
            raise _wrong(raw, position, "another entry has the same kid")
        keys[key.kid] = key
    return KeyRing(MappingProxyType(keys))


@lru_cache(maxsize=8)
def _own_key(secret: str) -> Key:
    material = salted_hmac("hub.security.jwt", "v1", secret=secret, algorithm="sha256").digest()
    fingerprint = hashlib.sha256(b"kid" + material).hexdigest()[:16]
    return Key(
        kid=OWN_KID + fingerprint,
        algorithm="HS256",
        material=material,
        issuer=ISSUER,
        audience=AUDIENCE,
        own=True,
    )


def _entries(text: str) -> Sequence[Any]:
    try:
        entries = json.loads(text or "[]")
    except (ValueError, RecursionError):
        raise ImproperlyConfigured("wrong setting: HUB_JWT_KEYS: is not JSON") from None
    if not isinstance(entries, list):
        raise ImproperlyConfigured("wrong setting: HUB_JWT_KEYS: must be a JSON list of objects")
    return entries


def _read(raw: Any, *, position: int) -> Key:
    try:
        entry = _Entry.model_validate(raw)
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'entry'}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise _wrong(raw, position, found) from None
    if entry.kid.startswith(OWN_KID):
        raise _wrong(raw, position, f"kid: must not begin with '{OWN_KID}', the hub's own mark")
    try:
        material = _MATERIAL[entry.algorithm](entry.key)
    except ValueError as error:
        raise _wrong(raw, position, f"key: {error}") from None
    return Key(
        kid=entry.kid,
        algorithm=entry.algorithm,
        material=material,
        issuer=entry.issuer,
        audience=entry.audience,
    )


def _wrong(raw: Any, position: int, problem: str) -> ImproperlyConfigured:
    kid = raw.get("kid") if isinstance(raw, dict) else None
    name = f" (kid '{kid[:50]}')" if isinstance(kid, str) else ""
    return ImproperlyConfigured(
        f"wrong setting: HUB_JWT_KEYS: entry {position + 1}{name}: {problem}"
    )


def _secret(text: str) -> bytes:
    try:
        material = text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not text") from None
    if b"-----BEGIN" in material or material.startswith((b"ssh-", b"ecdsa-")):
        raise ValueError("is a public or private key, but HS256 takes a shared secret")
    if len(material) < _MIN_SECRET_BYTES:
        raise ValueError(f"must have at least {_MIN_SECRET_BYTES} bytes for HS256")
    return material


def _rsa(text: str) -> RSAPublicKey:
    key = _public_key(text)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("must be an RSA key for RS256")
    if key.key_size < _MIN_RSA_BITS:
        raise ValueError(f"must have at least {_MIN_RSA_BITS} bits for RS256")
    return key


def _elliptic(text: str) -> EllipticCurvePublicKey:
    key = _public_key(text)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("must be a key on the curve P-256 for ES256")
    return key


def _public_key(text: str) -> Any:
    if "PRIVATE KEY" in text:
        raise ValueError("is a private key; give the public one, the hub only checks signatures")
    try:
        return load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("must be a public key in PEM form") from None


_MATERIAL = {"HS256": _secret, "RS256": _rsa, "ES256": _elliptic}
