"""Templates of pages: Django's own engine, which escapes what it inserts."""

from __future__ import annotations

import logging
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.shortcuts import resolve_url
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

from hub.sdk.callers import Caller
from hub.wire.errors import HubError, InternalError, Unavailable

logger = logging.getLogger("hub.web")

ERROR_TEMPLATE: Final = "hub/page_error.html"

_TITLES: Final = {
    400: "This request can't be read",
    401: "Please sign in",
    403: "This is not for you",
    404: "There is nothing here",
    405: "That is not possible here",
    422: "Something in the address is wrong",
    503: "Not available right now",
    504: "This took too long",
}


def render_page(template: str, model: Any, caller: Caller, *, request_id: str) -> bytes:
    """The page as HTML. For a thread, since templates may ask the database. Raises
    :class:`Unavailable` without a template, :class:`InternalError` for one that fails; the log
    says which and why."""
    try:
        html = get_template(template).render({"model": model, "caller": caller})
    except (TemplateDoesNotExist, TemplateSyntaxError):
        logger.exception("The template %s can't be used (request %s)", template, request_id)
        message = "The hub can't show this page: its template is missing or broken."
        raise Unavailable(message, code="no_template") from None
    except Exception:
        logger.exception("The template %s failed (request %s)", template, request_id)
        raise InternalError("Something went wrong inside.") from None
    return html.encode()


def render_error(error: HubError, *, path: str, request_id: str) -> bytes:
    """An error as a page: what a caller may know of it, nothing more."""
    context = {
        "title": _TITLES.get(error.status, "Something went wrong"),
        "status": error.status,
        "message": error.message,
        "hint": error.hint if error.status != 401 else "",
        "errors": error.detail.get("errors", ()),
        "login": login_address(path) if error.status == 401 else "",
        "request_id": request_id if error.status >= 500 else "",
    }
    return get_template(ERROR_TEMPLATE).render(context).encode()


def login_address(path: str) -> str:
    """Where one signs in and is sent back to ``path`` from."""
    return f"{resolve_url(settings.LOGIN_URL)}?next={quote(path, safe='/')}"
