"""Who is trusted, and how this program shows who it is."""

from __future__ import annotations

import functools
import ssl

from hub.client.settings import ClientSettings


def tls_of(settings: ClientSettings) -> ssl.SSLContext:
    """Raises :class:`ValueError` that names the file which can't be used."""
    return _context(settings.ca, settings.certificate)


@functools.lru_cache(maxsize=64)
def _context(ca: str, certificate: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if ca:
        _use("authorities", ca, context.load_verify_locations)
    if certificate:
        _use("certificate and key", certificate, context.load_cert_chain)
    return context


def _use(what: str, path: str, load: object) -> None:
    try:
        load(path)  # type: ignore[operator]
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"The {what} of '{path}' can't be used: {error}.") from None
