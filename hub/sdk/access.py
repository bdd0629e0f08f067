"""Access rules: who may call an operation.

Rules combine with ``&`` and ``|``. Some need the call's arguments, which are validated only after
the caller was let in so far; until then such a rule is *undecided*, and a combination of rules
follows three-valued logic, so that a stranger is refused before his input is looked at.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Literal

from hub.sdk.callers import Caller
from hub.wire.errors import Forbidden, HubError, Unauthenticated


@dataclass(frozen=True, slots=True)
class Denied:
    """Why not. A missing scope or permission is named in the answer."""

    reason: str
    missing_scope: str = ""
    missing_permission: str = ""


class Undecided(Enum):
    YET = "yet"


Verdict = Denied | Literal[Undecided.YET] | None


class Access:
    """The base of every rule. Subclass it and write :meth:`check` for a rule of your own."""

    uses_arguments: ClassVar[bool] = True
    uses_permissions: ClassVar[bool] = False
    blocks: ClassVar[bool] = True  # a rule of one's own may ask the database: run it in a thread

    def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
        """``None`` lets the caller in. ``arguments`` are the validated values, by name."""
        raise NotImplementedError(f"{type(self).__name__} must define check(caller, arguments)")

    def decide(self, caller: Caller, arguments: Mapping[str, Any] | None) -> Verdict:
        """The verdict before (``arguments is None``) or after validation."""
        if arguments is None and self.uses_arguments:
            return Undecided.YET
        verdict: object = self.check(caller, arguments or {})
        if verdict is None or isinstance(verdict, Denied):
            return verdict
        # A check that answers False, True or a coroutine was meant to say something else.
        raise TypeError(
            f"{type(self).__name__}.check must return None or Denied, not {type(verdict).__name__}."
        )

    @functools.cached_property
    def needs_permissions(self) -> bool:
        return self.uses_permissions

    @functools.cached_property
    def may_block(self) -> bool:
        return self.blocks

    def describe(self) -> str:
        return type(self).__name__

    def __and__(self, other: Access) -> Access:
        return _All((self, other))

    def __or__(self, other: Access) -> Access:
        return _Any((self, other))


class _Combination(Access):
    word: ClassVar[str]

    def __init__(self, parts: tuple[Access, ...]) -> None:
        self.parts = parts

    @functools.cached_property
    def needs_permissions(self) -> bool:
        return any(part.needs_permissions for part in self.parts)

    @functools.cached_property
    def may_block(self) -> bool:
        return any(part.may_block for part in self.parts)

    def describe(self) -> str:
        return f" {self.word} ".join(
            f"({part.describe()})" if isinstance(part, _Combination) else part.describe()
            for part in self.parts
        )


class _All(_Combination):
    word = "and"

    def decide(self, caller: Caller, arguments: Mapping[str, Any] | None) -> Verdict:
        verdicts = [part.decide(caller, arguments) for part in self.parts]
        for verdict in verdicts:
            if isinstance(verdict, Denied):
                return verdict
        return Undecided.YET if Undecided.YET in verdicts else None


class _Any(_Combination):
    word = "or"

    def decide(self, caller: Caller, arguments: Mapping[str, Any] | None) -> Verdict:
        verdicts = [part.decide(caller, arguments) for part in self.parts]
        if None in verdicts:
            return None
        return Undecided.YET if Undecided.YET in verdicts else verdicts[0]


class _CallerRule(Access):
    uses_arguments = False
    blocks = False


class _AllowAll(_CallerRule):
    def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
        return None

    def describe(self) -> str:
        return "everyone"


class _DenyAll(_CallerRule):
    def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
        return Denied("Nobody may call this.")

    def describe(self) -> str:
        return "nobody"


class _Authenticated(_CallerRule):
    def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
        return None if caller.is_authenticated else Denied("Sign in or send a token.")

    def describe(self) -> str:
        return "signed in"


class _Staff(_CallerRule):
    def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
        return None if caller.is_staff else Denied("Only staff may call this.")

    def describe(self) -> str:
        return "staff"


class _Scope(_CallerRule):
    def __init__(self, scope: str) -> None:
        self.scope = scope

    def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
        if caller.has_scope(self.scope):
            return None
        return Denied(f"The scope '{self.scope}' is missing.", missing_scope=self.scope)

    def describe(self) -> str:
        return f"scope {self.scope}"


class _Permission(_CallerRule):
    uses_permissions = True

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
        if caller.has_permission(self.permission):
            return None
        return Denied(
            f"The permission '{self.permission}' is missing.", missing_permission=self.permission
        )

    def describe(self) -> str:
        return f"permission {self.permission}"


allow_all: Access = _AllowAll()
deny_all: Access = _DenyAll()
authenticated: Access = _Authenticated()


def requires_staff() -> Access:
    """Only Django's staff users."""
    return _Staff()


def requires_scope(scope: str) -> Access:
    """Only callers that hold ``scope``."""
    if not scope or any(character.isspace() for character in scope):
        raise ValueError(f"A scope is one word, not {scope!r}.")
    return _Scope(scope)


def requires_permission(permission: str) -> Access:
    """Only callers whose user holds the Django permission ``app.codename``."""
    app, _, codename = permission.partition(".")
    if not app or not codename:
        raise ValueError(f"A permission is written 'app.codename', not {permission!r}.")
    return _Permission(permission)


def refusal(denied: Denied, caller: Caller) -> HubError:
    """The error of a denied caller: 401 for a stranger, 403 naming what a known one lacks."""
    if not caller.is_authenticated:
        return Unauthenticated(denied.reason, hint="Send 'Authorization: Bearer <token>'.")
    missing = {
        name: value
        for name, value in (
            ("missing_scope", denied.missing_scope),
            ("missing_permission", denied.missing_permission),
        )
        if value
    }
    return Forbidden(denied.reason, detail=missing)
