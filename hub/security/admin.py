"""The admin's pages of access: API tokens, scope grants, users and groups."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from hub.security import tokens
from hub.security.admin_forms import GrantForm, TokenForm
from hub.security.models import ApiToken, ScopeGrant
from hub.security.scopes import parse_scopes

_FOR_OTHERS = "security.issue_for_others"


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):  # type: ignore[misc]
    """A token is shown once, on the page that answers the form; afterwards it can be renamed and
    revoked. Without the permission to make tokens for others, one sees and makes one's own."""

    form = TokenForm
    list_display = ("name", "user", "start", "scope_list", "badge", "expires_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("expires_at", "last_used_at")
    search_fields = ("name", "user__username", "prefix")
    actions = ("revoke_selected",)
    actions_submit_line = ("revoke_now",)
    shown: ClassVar[tuple[str, ...]] = (
        "user", "start", "scope_list", "badge", "created_at", "expires_at", "last_used_at",
        "revoked_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        rows: QuerySet[ApiToken] = super().get_queryset(request)
        return rows if request.user.has_perm(_FOR_OTHERS) else rows.filter(user=request.user)  # type: ignore[misc]

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        if obj is not None:
            return ("name", *self.shown)
        owner = ("user",) if request.user.has_perm(_FOR_OTHERS) else ()
        return (*owner, "name", "scopes", "expires_at")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiToken | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else self.shown

    def get_form(
        self, request: HttpRequest, obj: ApiToken | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if change:
            return super().get_form(request, obj, change, **kwargs | {"form": ModelForm})
        form = super().get_form(request, obj, change, **kwargs)
        form.maker = request.user
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made, plain = tokens.issue(
            form.cleaned_data.get("user", request.user),
            name=obj.name,
            scopes=parse_scopes(obj.scopes),
            expires_at=obj.expires_at,
        )
        obj.__dict__.update(made.__dict__)
        request.plain_token = plain  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The one page that shows the token. It answers the form itself, so that the token is
        kept nowhere on the way: not in a session, not in a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "title": "The new API token",
            "opts": self.opts,
            "token": obj,
            "plain": request.plain_token,  # type: ignore[attr-defined]
            "address": request.build_absolute_uri("/api/"),
            "list_url": reverse("admin:security_apitoken_changelist"),
        }
        response = TemplateResponse(request, "hub/security/token_made.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.display(description="token")
    def start(self, token: ApiToken) -> str:
        return f"hub_{token.prefix}_…"

    @admin.display(description="scopes")
    def scope_list(self, token: ApiToken) -> str:
        return token.scopes or "none"

    @display(  # type: ignore[untyped-decorator]
        description="state",
        label={"active": "success", "expired": "warning", "revoked": "danger"},
    )
    def badge(self, token: ApiToken) -> str:
        return token.state()

    @admin.action(description="Revoke the selected tokens", permissions=["change"])
    def revoke_selected(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> None:
        revoked = sum(self._revoke(request, token) for token in rows)
        self.message_user(request, f"{revoked} revoked.", messages.SUCCESS)

    @action(description="Revoke", permissions=["change"])  # type: ignore[untyped-decorator]
    def revoke_now(self, request: HttpRequest, obj: ApiToken) -> None:
        if self._revoke(request, obj):
            self.message_user(request, f"{obj} is revoked.", messages.SUCCESS)

    def _revoke(self, request: HttpRequest, token: ApiToken) -> bool:
        done = tokens.revoke(token)
        if done:
            self.log_change(request, token, "Revoked.")
        return done


@admin.register(ScopeGrant)
class ScopeGrantAdmin(ModelAdmin):  # type: ignore[misc]
    """Which users and groups hold which scopes."""

    form = GrantForm
    list_display = ("scope", "user", "group")
    list_select_related = ("user", "group")
    list_filter = ("scope",)
    search_fields = ("scope", "user__username", "group__name")

    def get_form(
        self,
        request: HttpRequest,
        obj: ScopeGrant | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.maker = request.user
        return form


admin.site.unregister([model for model in (User, Group) if admin.site.is_registered(model)])


@admin.register(User)
class HubUserAdmin(UserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    """Django's page of users. Only superusers make superusers and change them."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if _is_superuser(request) else (*fields, "is_superuser")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)


@admin.register(Group)
class HubGroupAdmin(GroupAdmin, ModelAdmin):  # type: ignore[misc]
    pass


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or _is_superuser(request)
