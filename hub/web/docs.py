"""The API's document and the two pages that show it, from local assets only.

The pages are plain: what drf-spectacular's own views add (languages, versions) the hub has no use
for, and its Redoc page asks another host for fonts. Its sidecar brings both programs.
"""

from __future__ import annotations

from typing import Final

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from hub.operations import switches
from hub.web.openapi.document import document_bytes

# Nothing from, and nothing to, any other host. Both programs write styles into the page.
_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'"
)


@require_safe
async def openapi_json(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 of everything reachable over REST. Public, as the pages are."""
    off = await switches.aoff()
    body = await sync_to_async(document_bytes, thread_sensitive=False)(off)
    return HttpResponse(body, content_type="application/json")


@require_safe
@ensure_csrf_cookie
def swagger(request: HttpRequest) -> HttpResponse:
    """Swagger UI. Its requests carry the session and, from the cookie, the CSRF token."""
    return _page(request, "drf_spectacular/swagger_ui.html")


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    return _page(request, "drf_spectacular/redoc.html")


def _page(request: HttpRequest, template: str) -> HttpResponse:
    response = render(request, template)
    response["Content-Security-Policy"] = _POLICY
    return response
