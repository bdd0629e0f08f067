"""How drf-spectacular describes the hub's authentication. Importing it registers it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class CallerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A bearer token (API token or JWT) or the session cookie: either is enough."""

    target_class = "hub.security.drf.CallerAuthentication"
    name = ["bearer", "session"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "An API token or a JWT."},
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        ]
