"""Rows of access: API tokens, who holds which scope, refresh tokens, revoked access tokens."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from hub.security.scopes import Scopes, parse_scopes, validate_scope, validate_scopes

TokenState = Literal["active", "expired", "revoked"]


class ApiToken(models.Model):
    """A token that a program sends. Only its SHA-256 is kept: 256 random bits need no salt."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100, help_text="What the token is for.")
    prefix = models.CharField(
        max_length=8, editable=False, help_text="The start of the token, to tell tokens apart."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.TextField(
        blank=True,
        validators=[validate_scopes],
        help_text="Words with spaces between, such as: flags:evaluate registry:read. "
        "* is everything the user may do. Never more than the user holds when it is used.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    last_used_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Accurate to a minute."
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API token"
        ordering = ("-created_at",)
        permissions = (("issue_for_others", "Can make API tokens for other users"),)

    def __str__(self) -> str:
        return f"{self.name} (hub_{self.prefix}_…)"

    @property
    def scope_set(self) -> Scopes:
        return parse_scopes(self.scopes)

    def state(self, *, now: datetime | None = None) -> TokenState:
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= (now or timezone.now()):
            return "expired"
        return "active"


class ScopeGrant(models.Model):
    """Gives a scope to one user or to all users of a group. Superusers hold every scope."""

    scope = models.CharField(max_length=100, validators=[validate_scope])
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="scope_grants",
    )
    group = models.ForeignKey(
        "auth.Group", on_delete=models.CASCADE, null=True, blank=True, related_name="scope_grants"
    )

    class Meta:
        ordering = ("scope",)
        constraints = (
            models.CheckConstraint(
                condition=Q(user__isnull=False, group__isnull=True)
                | Q(user__isnull=True, group__isnull=False),
                name="security_grant_to_user_or_group",
                violation_error_message="Choose either a user or a group.",
            ),
            models.UniqueConstraint(
                fields=("scope", "user"),
                name="security_grant_once_to_user",
                violation_error_message="This user holds the scope already.",
            ),
            models.UniqueConstraint(
                fields=("scope", "group"),
                name="security_grant_once_to_group",
                violation_error_message="This group holds the scope already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.scope} → {self.user or self.group}"


class RefreshToken(models.Model):
    """One link of a chain: each use replaces it. A second use means theft and ends the chain.

    ``family`` is the chain, ``credentials`` a keyed digest of the user's password: a changed
    password ends every chain.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refresh_tokens"
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    family = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    scopes = models.TextField(blank=True)
    credentials = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"refresh token {self.pk} of {self.user}"


class RevokedAccess(models.Model):
    """An access token (its ``jti``) or a whole chain (its ``sid``) that is refused from now on.

    The row may go once ``expires_at`` has passed: such tokens are expired by then.
    """

    identifier = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "revoked access tokens"

    def __str__(self) -> str:
        return self.identifier
