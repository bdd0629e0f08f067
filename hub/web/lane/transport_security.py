"""https where the settings demand it: what Django's SecurityMiddleware does, for an API."""

from __future__ import annotations

import re
from urllib.parse import quote

from django.conf import settings

from hub.web.asgi import Application, Receive, Scope, Send, send_problem
from hub.wire.errors import Forbidden

_HTTPS_ONLY = Forbidden(
    "This hub is reached over https only.",
    code="https_required",
    hint="Use the https address. A token sent over http should be revoked.",
)


class TransportSecurity:
    """Reads ``SECURE_*`` once.

    With ``SECURE_SSL_REDIRECT`` a plain GET or HEAD without credentials is redirected (308), as
    people type addresses into browsers. Everything else is refused with 403: a redirect would
    let a program send its token and data in the clear at every call, and still work, so that
    nobody would ever notice.
    """

    def __init__(self) -> None:
        self._demanded: bool = settings.SECURE_SSL_REDIRECT
        self._exempt = [re.compile(pattern) for pattern in settings.SECURE_REDIRECT_EXEMPT]
        self._hsts = _hsts()
        proxy = settings.SECURE_PROXY_SSL_HEADER
        self._proxy_header = _wire_name(proxy[0]) if proxy else b""
        self._proxy_value = proxy[1].encode() if proxy else b""

    def headers_for(self, scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
        """HSTS, on secure connections only (RFC 6797 §7.2)."""
        return self._hsts if self._hsts and self._is_secure(scope) else ()

    def away(self, scope: Scope, host: bytes) -> Application | None:
        """What to answer instead when the request must come over https; else ``None``."""
        if not self._demanded or self._is_secure(scope):
            return None
        path = scope["path"].lstrip("/")
        if any(pattern.search(path) for pattern in self._exempt):
            return None
        credentials = any(name in (b"authorization", b"cookie") for name, _ in scope["headers"])
        if credentials or scope["method"] not in ("GET", "HEAD"):
            return _refuse
        return _Redirect(b"https://" + host + _target(scope))

    def _is_secure(self, scope: Scope) -> bool:
        if self._proxy_header:
            for name, value in scope["headers"]:
                if name == self._proxy_header:
                    return bool(value.split(b",")[0].strip() == self._proxy_value)
        return bool(scope.get("scheme") == "https")


class _Redirect:
    def __init__(self, location: bytes) -> None:
        self._location = location

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"location", self._location), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 308, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await send_problem(send, _HTTPS_ONLY, scope=scope, head=scope["method"] == "HEAD")


def _target(scope: Scope) -> bytes:
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path


def _hsts() -> tuple[tuple[bytes, bytes], ...]:
    if not settings.SECURE_HSTS_SECONDS:
        return ()
    value = f"max-age={settings.SECURE_HSTS_SECONDS}"
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        value += "; includeSubDomains"
    if settings.SECURE_HSTS_PRELOAD:
        value += "; preload"
    return ((b"strict-transport-security", value.encode()),)


def _wire_name(meta: str) -> bytes:
    """``HTTP_X_FORWARDED_PROTO`` → ``x-forwarded-proto``."""
    return meta.removeprefix("HTTP_").replace("_", "-").lower().encode()
