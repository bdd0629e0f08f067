"""URLs: the API's routes (the lane resolves here too), the docs and the admin."""

from __future__ import annotations

from django.contrib import admin
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from hub.web.docs import openapi_json, redoc, swagger
from hub.web.graphql.page import graphiql
from hub.web.rest.ninja_mount import ninja_urls
from hub.web.rest.resources import resource_urls

# Browsers ask for it where they show what is no page, such as JSON.
_icon = lazy(static, str)("hub/logo.svg")

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/openapi.json", openapi_json, name="openapi"),
    path("api/docs", swagger, name="docs"),
    path("api/redoc", redoc, name="redoc"),
    path("graphql", graphiql, name="graphiql"),
    *resource_urls(),
    *ninja_urls(),
    path("admin/", admin.site.urls),
    path("favicon.ico", RedirectView.as_view(url=_icon), name="favicon"),
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
]
