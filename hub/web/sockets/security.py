"""wss where the settings demand https: a token sent in the clear must not work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from hub.wire.errors import Forbidden


def check_transport(scope: Mapping[str, Any]) -> None:
    """Raises :class:`Forbidden` for a plain socket of a hub that is reached over https only."""
    if settings.SECURE_SSL_REDIRECT and not _is_secure(scope):
        raise Forbidden("This hub is reached over wss only.", code="https_required")


def _is_secure(scope: Mapping[str, Any]) -> bool:
    proxy = settings.SECURE_PROXY_SSL_HEADER
    if proxy:
        wanted = proxy[0].removeprefix("HTTP_").replace("_", "-").lower().encode()
        for name, value in scope["headers"]:
            if name == wanted:
                return bool(value.split(b",")[0].strip() == proxy[1].encode())
    return scope.get("scheme") in ("wss", "https")
