"""System checks of the settings of access."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from hub.security.keys import key_ring


@register(Tags.security)
def jwt_keys(**_: Any) -> list[CheckMessage]:
    """``hub.E401``: an entry of ``HUB_JWT_KEYS`` can't be used."""
    try:
        key_ring()
    except ImproperlyConfigured as error:
        return [
            Error(
                str(error),
                hint="HUB_JWT_KEYS is a JSON list of objects with kid, algorithm (HS256, RS256 or "
                "ES256), key (a secret of at least 32 bytes, or a public key in PEM form), issuer "
                "and audience.",
                id="hub.E401",
            )
        ]
    return []
