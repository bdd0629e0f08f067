"""An HTTP proxy on the way: what is said to it before, or instead of, the request itself."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from hub.client.transport.places import Origin, Place

_LARGEST: Final = 65_536


@dataclass(frozen=True, slots=True)
class Proxy:
    """``authorization`` is the header's value, or empty."""

    origin: Origin
    authorization: str = ""

    def tunnel_to(self, origin: Origin) -> bytes:
        """The request for a tunnel (RFC 9110 §9.3.6); TLS goes through it."""
        credentials = self.authorization
        extra = f"proxy-authorization: {credentials}\r\n" if credentials else ""
        return f"CONNECT {origin} HTTP/1.1\r\nhost: {origin}\r\n{extra}\r\n".encode("latin-1")

    def target_of(self, place: Place) -> str:
        """What stands in the line of a request that the proxy reads (RFC 9112 §3.2.2)."""
        return f"http://{place.authority}{place.target}"


def proxy_of(url: str) -> Proxy | None:
    """Raises :class:`ValueError` for what is no URL of an HTTP proxy."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"proxy= is a URL such as 'http://proxy:3128', not {parts.scheme!r}://…")
    authorization = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {b64encode(pair.encode()).decode()}"
    return Proxy(Origin(parts.hostname, parts.port or 80), authorization)


def tunnel_is_open(head: bytes) -> bool | None:
    """``None`` where the proxy's answer is not whole yet. Raises :class:`OSError` where it
    refuses."""
    if b"\r\n\r\n" not in head:
        if len(head) > _LARGEST:
            raise OSError("the proxy's answer is no HTTP")
        return None
    line = head.partition(b"\r\n")[0].decode("latin-1")
    words = line.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or words[1] != "200":
        raise OSError(f"the proxy refuses: {line[:100]}")
    return True
