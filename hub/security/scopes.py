"""Scopes: words that say what a call may do, and who holds which."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Q

from hub.sdk.callers import EVERY_SCOPE

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Scopes = frozenset[str]

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")  # scope-token of RFC 6749 §3.3


def parse_scopes(text: str) -> Scopes:
    """The words of a space-separated list, as in OAuth's ``scope`` parameter."""
    return frozenset(text.split())


def format_scopes(scopes: Iterable[str]) -> str:
    return " ".join(sorted(set(scopes)))


def validate_scopes(text: str) -> None:
    """Raise Django's ``ValidationError`` naming the first word that can't be a scope."""
    for word in text.split():
        validate_scope(word)


def validate_scope(word: str) -> None:
    if not _SCOPE.fullmatch(word):
        raise ValidationError(
            "'%(word)s' can't be a scope: use up to 100 letters, digits and signs without "
            "quotes, backslashes and spaces, such as flags:evaluate.",
            code="invalid_scope",
            params={"word": word},
        )


def narrowed(wanted: Scopes, held: Scopes) -> Scopes:
    """What of ``wanted`` someone may use who holds ``held``; ``*`` is every scope in both."""
    if EVERY_SCOPE in held:
        return wanted
    return held if EVERY_SCOPE in wanted else wanted & held


def scopes_of(user: User) -> Scopes:
    """The scopes the user holds now, through grants to him or his groups. Does database I/O."""
    from hub.security.models import ScopeGrant

    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset({EVERY_SCOPE})
    granted = ScopeGrant.objects.filter(Q(user=user) | Q(group__user=user))
    return frozenset(granted.values_list("scope", flat=True))
