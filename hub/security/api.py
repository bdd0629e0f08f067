"""``/api/auth/``: user name and password become tokens."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field, JsonValue, SecretStr

from hub.sdk.callers import EVERY_SCOPE
from hub.security import grants
from hub.security.login_limit import LoginLimit
from hub.security.scopes import format_scopes, parse_scopes, validate_scopes
from hub.wire.errors import FieldError, HubError, InvalidInput, Unauthenticated
from hub.wire.problem import MEDIA_TYPE

router = Router(tags=["auth"])

_TEXT = r"^[^\x00-\x1f\x7f]*$"
_PAIR_EXAMPLE: dict[str, JsonValue] = {
    "access_token": "eyJhbGciOiJIUzI1NiIs…",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "hubr_4c1f…",
    "scope": "flags:evaluate",
}


class Credentials(Schema):
    """A user's name and password. ``scope`` asks for fewer scopes than the user holds."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"username": "ann", "password": "correct horse"}},
    )

    username: str = Field(min_length=1, max_length=150, pattern=_TEXT)
    password: SecretStr = Field(min_length=1, max_length=1000)
    scope: str = Field(
        EVERY_SCOPE,
        max_length=4000,
        description="Scopes with spaces between; by default all that the user holds.",
    )


class Renewal(Schema):
    """The refresh token of the last answer. It can be used once."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"refresh_token": "hubr_4c1f…"}}
    )

    refresh_token: str = Field(min_length=1, max_length=200)


class Revocation(Schema):
    """A refresh or access token that shall not be valid any more."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"token": "hubr_4c1f…"}}
    )

    token: str = Field(min_length=1, max_length=8192)
    token_type_hint: str | None = Field(None, max_length=100, description="Not needed.")


class TokenPair(Schema):
    """RFC 6749 §5.1. ``expires_in`` is in seconds, ``scope`` what the access token may use."""

    model_config = ConfigDict(json_schema_extra={"example": _PAIR_EXAMPLE})

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - not a password
    expires_in: int
    refresh_token: str
    scope: str


def _errors(**by_status: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "responses": {
            int(status.strip("_")): {
                "description": description,
                "content": {MEDIA_TYPE: {"schema": schema}},
            }
            for status, description in by_status.items()
        }
    }


@router.post(
    "/token",
    auth=None,
    response=TokenPair,
    operation_id="auth_token",
    summary="Sign in",
    openapi_extra=_errors(
        _401="User name and password don't fit (`invalid_credentials`).",
        _422="A field is missing, unknown or wrong (`invalid_input`).",
        _429="Too many failures; `Retry-After` says when to try again (`too_many_requests`).",
    ),
)
def obtain_token(
    request: HttpRequest, response: HttpResponse, credentials: Credentials
) -> TokenPair:
    """Exchange a user name and password for an access token, good for 15 minutes, and a refresh
    token, good for 14 days. Ten failures for a user name from one address pause it for up to five
    minutes."""
    wanted = _wanted_scopes(credentials.scope)
    limit = LoginLimit(
        username=credentials.username, address=str(request.META.get("REMOTE_ADDR", ""))
    )
    limit.begin()
    user = authenticate(
        request,
        username=credentials.username,
        password=credentials.password.get_secret_value(),
    )
    if not isinstance(user, User):
        raise Unauthenticated("User name and password don't fit.", code="invalid_credentials")
    limit.succeeded()
    return _pair(grants.grant(user, wanted=wanted), response)


@router.post(
    "/refresh",
    auth=None,
    response=TokenPair,
    operation_id="auth_refresh",
    summary="Renew the tokens",
    openapi_extra=_errors(
        _401="The refresh token is unknown, used, revoked (`invalid_token`) or expired "
        "(`token_expired`).",
        _422="A field is missing, unknown or wrong (`invalid_input`).",
    ),
)
def refresh_token(request: HttpRequest, response: HttpResponse, renewal: Renewal) -> TokenPair:
    """Exchange a refresh token for a new pair. Each refresh token works once: using one again
    ends its whole chain, as someone else may hold a copy."""
    return _pair(grants.renew(renewal.refresh_token), response)


@router.post(
    "/revoke",
    auth=None,
    response={200: None},
    operation_id="auth_revoke",
    summary="Revoke a token",
    openapi_extra=_errors(
        _400="API tokens are revoked in the admin (`unsupported_token_type`).",
        _422="A field is missing, unknown or wrong (`invalid_input`).",
    ),
)
def revoke_token(request: HttpRequest, revocation: Revocation) -> None:
    """Make a refresh token, with its chain and their access tokens, or one access token invalid
    (RFC 7009). Every process refuses it within a second. Unknown tokens are no error."""
    if revocation.token.startswith("hub_"):
        raise HubError(
            "API tokens can't be revoked here.",
            code="unsupported_token_type",
            hint="Revoke it in the admin or with: hub token revoke",
        )
    grants.revoke(revocation.token)


def _wanted_scopes(text: str) -> frozenset[str]:
    try:
        validate_scopes(text)
    except ValidationError as error:
        message = error.messages[0]
        raise InvalidInput(
            f"scope: {message}", [FieldError("scope", message, "invalid_scope")]
        ) from None
    return parse_scopes(text)


def _pair(granted: grants.Grant, response: HttpResponse) -> TokenPair:
    response["Cache-Control"] = "no-store"  # RFC 6749 §5.1
    return TokenPair(
        access_token=granted.access_token,
        expires_in=granted.expires_in,
        refresh_token=granted.refresh_token,
        scope=format_scopes(granted.scopes),
    )
