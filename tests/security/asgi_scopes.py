"""ASGI scopes as a server makes them."""

from __future__ import annotations

from typing import Any


def http_scope(
    *headers: tuple[str, str | bytes], method: str = "GET", path: str = "/api/x", **more: Any
) -> dict[str, Any]:
    encoded = [
        (name.lower().encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in (("host", "localhost"), *headers)
    ]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": encoded,
        "scheme": "http",
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 5000),
        **more,
    }


def bearer(token: str, **more: Any) -> dict[str, Any]:
    return http_scope(("authorization", f"Bearer {token}"), **more)
