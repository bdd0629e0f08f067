"""Django's request, with what most API views never look at made when it is first looked at."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import QueryDict
from django.utils.functional import cached_property

from hub.web.asgi import Scope
from hub.web.rest.requests import read_query


class LeanRequest(ASGIRequest):
    """An :class:`ASGIRequest` whose ``META`` (and what comes from it) is made at its first use: a
    twentieth of an async view's time. A request with a ``Content-Type`` is Django's own.

    Raises :class:`UnicodeDecodeError` for a query string that is not ASCII.
    """

    def __init__(self, scope: Scope, body: io.BytesIO) -> None:
        if scope.get("root_path") or settings.FORCE_SCRIPT_NAME or _has_media_type(scope):
            super().__init__(scope, body)
            return
        scope["query_string"].decode("ascii")
        self.scope = scope
        self._stream = body
        self._post_parse_error = False
        self._read_started = False
        self.resolver_match = None
        self.path = self.path_info = scope["path"]
        self.script_name = ""
        self.method = scope["method"].upper()

    @cached_property
    def META(self) -> dict[str, Any]:  # type: ignore[override]
        return ASGIRequest(self.scope, self._stream).META

    @cached_property
    def content_type(self) -> str:  # type: ignore[override]
        return ""

    @cached_property
    def content_params(self) -> dict[str, str]:  # type: ignore[override]
        return {}

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]
        """The query as :func:`read_query` reads it, so in one way for all of the API."""
        query = QueryDict(mutable=True)
        dict.update(query, read_query(self.scope["query_string"]))
        query._mutable = False
        return query


def _has_media_type(scope: Scope) -> bool:
    return any(name == b"content-type" for name, _ in scope["headers"])
