"""The plugins' django-ninja routers, mounted at ``/api/<mount>/``.

Built once, when the URLs are read: a NinjaAPI takes no routers after that.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import URLResolver, path
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from hub.loader.catalog import Plugin
from hub.operations.engine import engine
from hub.operations.exception_handlers import handled
from hub.sdk.access import authenticated
from hub.sdk.routes import RouteAccess
from hub.sdk.trail import note_plugin
from hub.web.problems import of_ninja, of_ninja_values, problem_response
from hub.web.rest import ninja_query
from hub.web.rest.json_bodies import read_json
from hub.web.rest.ninja_filling import fill_views
from hub.web.rest.ninja_run import new_response
from hub.web.rest.requests import check_media_type
from hub.wire.errors import HubError


class _JsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return to_json(data, fallback=str, inf_nan_mode="null")


class _StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        check_media_type(request.META.get("CONTENT_TYPE", ""))
        return read_json(request.body)

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        if not isinstance(data, QueryDict):
            return super().parse_querydict(data, list_fields, request)
        return ninja_query.single_texts(data, list_fields)


class _StrictAPI(NinjaAPI):
    """Refuses what a route does not know, and names fields as callers know them."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        # Ninja calls this once access is granted, before it reads the values.
        ninja_query.refuse_unknown(request)
        return new_response()

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        raise of_ninja_values(error_contexts)


@functools.cache
def ninja_apis() -> Mapping[str, NinjaAPI]:
    """One API for each loaded plugin with a router, by mount. Each stands alone, so that one
    plugin's schemas can't replace another's of the same name.

    Callers must be signed in where a route does not say otherwise (``auth=None``,
    ``auth=RouteAccess(…)``).
    """
    return {
        plugin.mount: _api_of(plugin, contribution.value)
        for plugin in engine().catalog.loaded()
        for contribution in plugin.contributed("router")
    }


def ninja_urls() -> list[URLResolver]:
    return [path(f"api/{mount}/", api.urls) for mount, api in ninja_apis().items()]


def _api_of(plugin: Plugin, router: Router) -> NinjaAPI:
    api = _StrictAPI(
        title=plugin.label,
        urls_namespace=f"api-{plugin.label}",
        openapi_url=None,
        docs_url=None,
        auth=RouteAccess(authenticated),
        renderer=_JsonRenderer(),
        parser=_StrictParser(),
    )
    for kind in (HubError, HttpError, ValidationError, Http404):
        api.add_exception_handler(kind, functools.partial(_as_problem, plugin.label))
    api.add_exception_handler(Exception, functools.partial(_let_through, plugin.label))
    api.add_decorator(ninja_query.refusing_unknown, mode="view")
    fill_views(router, engine().container, plugin=plugin.label)
    api.add_router("", router, tags=None if router.tags else [plugin.label])
    return api


def _as_problem(label: str, request: HttpRequest, error: Any) -> HttpResponse:
    answer = handled(error, plugin=label) or of_ninja(error)
    return problem_response(answer, instance=request.path)


def _let_through(label: str, request: HttpRequest, error: Any) -> HttpResponse:
    # Ninja's own handler would show the traceback where DEBUG is set; the lane asks the plugin's
    # exception handlers, logs and hides it.
    note_plugin(label)
    raise error
