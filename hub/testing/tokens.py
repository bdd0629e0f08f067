"""API tokens for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def issue_token(
    user: User, *, scopes: Iterable[str] = ("*",), expires_at: datetime | None = None
) -> str:
    """A new API token of ``user``, for ``HubClient(token=…)``."""
    from hub.security.tokens import issue  # its models need Django to be ready: not at import

    return issue(user, name="test", scopes=scopes, expires_at=expires_at)[1]
