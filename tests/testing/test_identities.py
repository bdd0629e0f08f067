"""Callers of the testing kit hold what they are asked to hold, and no more."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from hub.security.models import ScopeGrant
from hub.security.scopes import scopes_of
from hub.testing.contract import CHECKS
from hub.testing.identities import Identities

pytestmark = pytest.mark.django_db


def test_a_caller_is_granted_the_scopes_of_its_token() -> None:
    ada = Identities()("books:lend", "books:read")
    assert ada.caller.scopes == {"books:lend", "books:read"}
    assert scopes_of(User.objects.get(username="ada")) == ada.caller.scopes
    assert Identities()("books:read").caller.scopes == {"books:read"}
    assert ScopeGrant.objects.count() == 2


def test_every_scope_is_granted_to_nobody() -> None:
    caller = Identities()
    assert caller("*").caller.scopes == frozenset()
    assert caller().caller.scopes == frozenset()
    assert caller.superuser("books:read").caller.scopes == {"books:read"}
    assert not ScopeGrant.objects.exists()


def test_examples_are_run_while_the_migrations_stand() -> None:
    order = list(CHECKS)
    assert order.index("examples") < order.index("migrations")
