"""Which web pages may open a socket.

Browsers let any page open a WebSocket to any host and send that host's cookies along, so the server
has to look at the ``Origin`` header (RFC 6455 §10.2). Programs send none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from hub.wire.errors import BadRequest, Forbidden

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def check_origin(scope: Mapping[str, Any]) -> bool:
    """Whether an origin was sent. Raises :class:`BadRequest` for a host the hub does not answer
    for and :class:`Forbidden` for a page of another site."""
    host, origin = _header(scope, b"host"), _header(scope, b"origin")
    if not _known_host(host):
        raise BadRequest("The hub does not answer for this host.", code="bad_host")
    if not origin:
        return False
    if not (_same_host(origin, host) or _trusted(origin)):
        raise Forbidden("Pages of this origin may not open sockets here.", code="bad_origin")
    return True


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ",".join(map(repr, values))


def _known_host(host: str) -> bool:
    allowed = list(settings.ALLOWED_HOSTS)
    if settings.DEBUG and not allowed:
        allowed = [".localhost", "127.0.0.1", "[::1]"]  # as Django does
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _same_host(origin: str, host: str) -> bool:
    """Scheme aside: behind a proxy that ends TLS the hub can't know the page's."""
    parts = _split(origin)
    if parts is None:
        return False
    scheme, domain, port = parts
    own_domain, own_port = split_domain_port(host)
    if domain != own_domain.strip("[]"):
        return False
    own = int(own_port) if own_port.isdecimal() else _DEFAULT_PORTS[scheme]
    return port == own


def _trusted(origin: str) -> bool:
    """In ``CSRF_TRUSTED_ORIGINS`` (``https://*.example.com`` stands for all below it)."""
    parts = _split(origin)
    if parts is None:
        return False
    return any(_stands_for(entry, parts) for entry in settings.CSRF_TRUSTED_ORIGINS)


def _stands_for(entry: str, parts: tuple[str, str, int]) -> bool:
    if "*" not in entry:
        return _split(entry) == parts
    scheme, _, place = entry.partition("://")
    domain, port = split_domain_port(place.replace("*", "", 1))
    wanted = int(port) if port.isdecimal() else _DEFAULT_PORTS.get(scheme)
    return (scheme, wanted) == (parts[0], parts[2]) and validate_host(parts[1], [domain])


def _split(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an http(s) origin; ``None`` for ``null`` and what is malformed."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme]
