"""Ninja routes and a DRF view, guarded in each way, as a URLconf."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from ninja import NinjaAPI
from ninja.errors import ValidationError
from rest_framework import serializers, viewsets
from rest_framework.routers import SimpleRouter

from hub.sdk import (
    Access,
    Caller,
    Denied,
    HubError,
    RouteAccess,
    allow_all,
    requires_permission,
    requires_scope,
)
from hub.security.api import router
from hub.security.drf import ScopedModelPermissions
from hub.security.models import ScopeGrant
from hub.web.problems import of_ninja, problem_response


class Named(Access):
    """A rule of one's own that asks for a name."""

    def check(self, caller: Caller, arguments: Any) -> Denied | None:
        return None if caller.username == "ann" else Denied("Only Ann may.")


api = NinjaAPI(docs_url=None, openapi_url=None, urls_namespace="security-tests", auth=RouteAccess())
for _kind in (HubError, ValidationError):
    api.add_exception_handler(
        _kind,
        lambda request, error: problem_response(of_ninja(error), instance=request.path),
    )
api.add_router("/auth", router)

RULES: dict[str, Access | None] = {
    "default": None,
    "open": allow_all,
    "scope": requires_scope("flags:evaluate"),
    "other": requires_scope("registry:read"),
    "permission": requires_permission("security.view_scopegrant"),
    "own": Named(),
}


def _add(name: str, access: Access | None) -> None:
    more: dict[str, Any] = {} if access is None else {"auth": RouteAccess(access)}

    @api.get(f"/sync/{name}", operation_id=f"sync_{name}", **more)
    def sync_route(request: HttpRequest) -> dict[str, str]:
        return {"user": request.auth.username, "kind": request.auth.kind}  # type: ignore[attr-defined]

    @api.get(f"/async/{name}", operation_id=f"async_{name}", **more)
    async def async_route(request: HttpRequest) -> dict[str, str]:
        return {"user": request.auth.username, "kind": request.auth.kind}  # type: ignore[attr-defined]

    @api.post(f"/async/{name}", operation_id=f"async_post_{name}", **more)
    async def async_post(request: HttpRequest) -> dict[str, str]:
        return {"user": request.auth.username}  # type: ignore[attr-defined]


for _name, _access in RULES.items():
    _add(_name, _access)


@api.get("/mixed")
def mixed_sync(request: HttpRequest) -> dict[str, str]:
    return {"user": request.auth.username}  # type: ignore[attr-defined]


@api.post("/mixed")
async def mixed_async(request: HttpRequest) -> dict[str, str]:
    return {"user": request.auth.username}  # type: ignore[attr-defined]


class GrantSerializer(serializers.ModelSerializer[ScopeGrant]):
    class Meta:
        model = ScopeGrant
        fields = ("id", "scope", "user")


class Grants(viewsets.ModelViewSet[ScopeGrant]):
    queryset = ScopeGrant.objects.order_by("pk")
    serializer_class = GrantSerializer
    permission_classes = (ScopedModelPermissions,)


resources = SimpleRouter()
resources.register("grants", Grants)


def token_page(request: HttpRequest) -> HttpResponse:
    from django.middleware.csrf import get_token

    return HttpResponse(get_token(request))


urlpatterns = [
    path("api/rows/", include(resources.urls)),
    path("api/", api.urls),
    path("csrf", token_page),
]
