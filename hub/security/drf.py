"""The registry's DRF views know the same callers as everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions
from rest_framework.request import Request

from hub.sdk.access import Denied, refusal, requires_scope
from hub.sdk.callers import Caller
from hub.security.callers import caller_of_request

if TYPE_CHECKING:  # DRF reads this module while rest_framework.views is being imported
    from rest_framework.views import APIView

READ_SCOPE = "registry:read"
WRITE_SCOPE = "registry:write"


class CallerAuthentication(BaseAuthentication):
    """``request.user`` is the caller's user, ``request.auth`` the :class:`Caller`."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        caller = caller_of_request(request._request)
        if caller.user_id is None:
            return None
        user = User.objects.filter(pk=caller.user_id, is_active=True).first()
        return None if user is None else (user, caller)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="hub"'


class ScopedModelPermissions(DjangoModelPermissions):
    """Django's model permissions, for reading too. A token or JWT also needs the scope
    ``registry:read`` or ``registry:write``: its user's permissions alone don't widen it."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        **{method: ["%(app_label)s.view_%(model_name)s"] for method in SAFE_METHODS},
    }

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, Caller) and request.auth.kind in {"token", "jwt"}:
            scope = READ_SCOPE if request.method in SAFE_METHODS else WRITE_SCOPE
            verdict = requires_scope(scope).decide(request.auth, {})
            if isinstance(verdict, Denied):
                raise refusal(verdict, request.auth)
        return super().has_permission(request, view)
