"""Callers for tests: real users with real tokens and sessions, made in the test's database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.sdk.callers import ANONYMOUS, EVERY_SCOPE, Caller

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Identity:
    """``caller`` is what operations see; ``headers`` are what a program or browser of theirs
    sends; ``token`` is empty for browsers and strangers."""

    caller: Caller
    user: User | None = None
    token: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


STRANGER = Identity(ANONYMOUS)


class Identities:
    """The fixture ``caller``. A user of one name is made once."""

    def __call__(
        self,
        *scopes: str,
        username: str = "ada",
        permissions: Iterable[str] = (),
        staff: bool = False,
        superuser: bool = False,
    ) -> Identity:
        """A program with an API token of the user, who is granted these ``scopes``. Without any
        the token holds all that the user may; ``permissions`` are Django's, such as
        ``flags.change_flag``. Async tests call it, too.

        Raises :class:`LookupError` for a permission that does not exist.
        """
        from hub.testing.tokens import issue_token

        def make() -> Identity:
            user = _user(username, permissions, staff=staff, superuser=superuser)
            _grant(user, scopes)
            token = issue_token(user, scopes=scopes or (EVERY_SCOPE,))
            headers = {"authorization": f"Bearer {token}"}
            return Identity(_caller_with(token), user, token, headers)

        return _off_the_loop(make)

    def superuser(self, *scopes: str, username: str = "admin") -> Identity:
        """A program with a superuser's token."""
        return self(*scopes, username=username, superuser=True)

    def user(
        self,
        username: str = "ada",
        *,
        permissions: Iterable[str] = (),
        staff: bool = False,
        superuser: bool = False,
    ) -> Identity:
        """Someone signed in with a browser: session and CSRF token."""
        from hub.security.callers import caller_of_user

        def make() -> Identity:
            user = _user(username, permissions, staff=staff, superuser=superuser)
            caller = caller_of_user(user, kind="session").with_permissions()
            return Identity(caller, user, "", _session_headers(user))

        return _off_the_loop(make)

    @property
    def anonymous(self) -> Identity:
        return STRANGER


def _off_the_loop(make: Callable[[], Identity]) -> Identity:
    """Django's models are for sync code: in an async test a thread works with them."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return make()

    def work() -> Identity:
        from django.db import connections

        try:
            return make()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def _user(username: str, permissions: Iterable[str], *, staff: bool, superuser: bool) -> User:
    from django.contrib.auth.models import User

    user, _ = User.objects.get_or_create(username=username)
    user.is_staff, user.is_superuser = staff or superuser, superuser
    user.set_unusable_password()
    user.save()
    user.user_permissions.set([_permission(name) for name in permissions])
    return user


def _grant(user: User, scopes: Iterable[str]) -> None:
    """A token has of its scopes those that its user holds. Superusers hold them all."""
    from hub.security.models import ScopeGrant

    for scope in {*scopes} - {EVERY_SCOPE} if not user.is_superuser else ():
        ScopeGrant.objects.get_or_create(user=user, scope=scope)


def _permission(name: str) -> Any:
    from django.contrib.auth.models import Permission

    app, _, codename = name.partition(".")
    found = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
    if found is None:
        _make_permissions(app)
        found = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
    if found is None:
        raise LookupError(f"There is no permission '{name}': name it as app.codename.")
    return found


def _make_permissions(app: str) -> None:
    """Tests with transactions end in an empty database, and ``migrate`` does not come again."""
    from django.apps import apps
    from django.contrib.auth.management import create_permissions

    if app in apps.app_configs:
        create_permissions(apps.get_app_config(app), verbosity=0)


def _caller_with(token: str) -> Caller:
    from hub.security.lookups import TokenDigest, known
    from hub.security.tokens import digest

    credential = known.get(TokenDigest(digest(token)))
    assert credential is not None
    return credential.caller.with_permissions()


def _session_headers(user: User) -> dict[str, str]:
    from django.conf import settings
    from django.http import HttpRequest
    from django.middleware.csrf import get_token
    from django.test import Client

    browser = Client()
    browser.force_login(user)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    request = HttpRequest()
    csrf = get_token(request)
    cookie = request.META["CSRF_COOKIE"]
    return {
        "cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={cookie}",
        "x-csrftoken": csrf,
        "origin": "http://localhost",
    }
