"""GraphiQL, from local assets only."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

# Nothing from, and nothing to, any other host. GraphiQL writes styles into the page, and its
# fonts are part of its style sheet.
_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
)


@require_safe
@ensure_csrf_cookie
def graphiql(request: HttpRequest) -> HttpResponse:
    """A page to write queries in. Its requests carry the session and the CSRF token."""
    response = render(request, "graphene/graphiql.html")
    response["Content-Security-Policy"] = _POLICY
    return response
