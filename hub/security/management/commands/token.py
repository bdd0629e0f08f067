"""``token create | list | revoke``: API tokens on the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from hub.security import tokens
from hub.security.models import ApiToken
from hub.security.scopes import format_scopes, narrowed, scopes_of, validate_scope

_MAX_DAYS = 36_500


class Command(BaseCommand):
    help = "Make, list and revoke API tokens. Prints JSON on stdout, messages on stderr."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|revoke")
        create = verbs.add_parser("create", help="Make a token and print it, once.")
        create.add_argument("--user", required=True, help="Whose token it is: a user name.")
        create.add_argument(
            "--scope",
            action="append",
            default=[],
            dest="scopes",
            help="A scope the token may use; give it several times for several scopes. "
            "'*' is everything the user may do.",
        )
        create.add_argument("--name", default="command line", help="What the token is for.")
        create.add_argument("--days", type=int, help="Expires after so many days; else never.")
        listed = verbs.add_parser("list", help="List tokens, without their secrets.")
        listed.add_argument("--user", help="Only those of one user.")
        revoke = verbs.add_parser("revoke", help="Refuse a token from now on.")
        revoke.add_argument("token", help="Its id or its prefix, as 'token list' prints them.")

    def handle(self, *args: Any, **options: Any) -> None:
        {"create": self._create, "list": self._list, "revoke": self._revoke}[options["verb"]](
            options
        )

    def _create(self, options: dict[str, Any]) -> None:
        user = _user(options["user"])
        scopes = frozenset(word for text in options["scopes"] for word in text.split())
        _check(options, scopes, user)
        days = options["days"]
        row, plain = tokens.issue(
            user,
            name=options["name"],
            scopes=scopes,
            expires_at=None if days is None else timezone.now() + timedelta(days=days),
        )
        unheld = scopes - narrowed(scopes, scopes_of(user)) - {"*"}
        if unheld:
            self.stderr.write(
                f"Note: {user.username} does not hold {format_scopes(unheld)} now; the token can "
                "use it once he does."
            )
        self.stderr.write("This is the only time the token is shown.")
        self._print({"token": plain, **_described(row)})

    def _list(self, options: dict[str, Any]) -> None:
        rows = ApiToken.objects.select_related("user")
        if options["user"] is not None:
            rows = rows.filter(user=_user(options["user"]))
        self._print([_described(row) for row in rows])

    def _revoke(self, options: dict[str, Any]) -> None:
        text = options["token"].removeprefix(tokens.PREFIX).partition("_")[0]
        by_id = (
            Q(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else Q(pk=None)
        )
        rows = list(ApiToken.objects.filter(by_id | Q(prefix=text))[:2])
        if len(rows) != 1:
            found = "No token" if not rows else "More than one token"
            raise CommandError(f"{found} has the id or prefix {text!r}: see 'token list'.")
        done = tokens.revoke(rows[0])
        self.stderr.write("Revoked." if done else "It was revoked before.")
        self._print(_described(rows[0]))

    def _print(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2))


def _user(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user {name!r}.")
    if not user.is_active:
        raise CommandError(f"The user {name!r} is not active.")
    return user


def _check(options: dict[str, Any], scopes: frozenset[str], user: User) -> None:
    try:
        for scope in scopes:
            validate_scope(scope)
        ApiToken._meta.get_field("name").clean(options["name"], None)
    except ValidationError as error:
        raise CommandError(error.messages[0]) from None
    days = options["days"]
    if days is not None and not 1 <= days <= _MAX_DAYS:
        raise CommandError(f"--days is a number from 1 to {_MAX_DAYS}.")


def _described(row: ApiToken) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "user": row.user.username,
        "prefix": row.prefix,
        "scopes": sorted(row.scope_set),
        "state": row.state(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
    }
