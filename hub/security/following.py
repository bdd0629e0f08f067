"""A change of access made in this process is followed by it at once, not after a moment."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.db.models.signals import m2m_changed, post_delete, post_save

from hub.security.lookups import forget
from hub.security.models import ApiToken, RevokedAccess, ScopeGrant


def connect() -> None:
    for model in (User, Group, ApiToken, RevokedAccess, ScopeGrant):
        for signal in (post_save, post_delete):
            signal.connect(forget, sender=model, dispatch_uid=f"hub.security {model.__name__}")
    m2m_changed.connect(forget, sender=User.groups.through, dispatch_uid="hub.security groups")
