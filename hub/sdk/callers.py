"""Who is calling, and what a running call knows of itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

CallerKind = Literal["anonymous", "session", "token", "jwt", "system"]

EVERY_SCOPE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The one who calls. Ask for it by annotating a parameter: ``def f(caller: Caller)``.

    ``scopes`` are what this call may use: a token's scopes, never wider than its user's.
    The scope ``*`` stands for every scope. ``permissions`` (``app.codename``) are read from the
    database only where an access rule wants them; ``None`` means not read yet.
    """

    kind: CallerKind
    user_id: int | None = None
    username: str = ""
    scopes: frozenset[str] = frozenset()
    is_staff: bool = False
    is_superuser: bool = False
    permissions: frozenset[str] | None = None
    permission_loader: Callable[[], frozenset[str]] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def is_authenticated(self) -> bool:
        return self.kind != "anonymous"

    def has_scope(self, scope: str) -> bool:
        return scope in self.scopes or EVERY_SCOPE in self.scopes

    def has_permission(self, permission: str) -> bool:
        """True when the user holds the Django permission ``app.codename``."""
        return self.is_superuser or permission in (self.permissions or frozenset())

    def with_permissions(self) -> Caller:
        """The same caller with its permissions read. Does database I/O."""
        if self.permissions is not None or self.permission_loader is None:
            return self
        return replace(self, permissions=self.permission_loader())


ANONYMOUS = Caller(kind="anonymous")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What a running call knows: inject it with ``def f(context: CallContext)``.

    ``deadline`` is on the clock of :func:`time.monotonic`, in seconds.
    """

    caller: Caller
    operation: str
    transport: str
    request_id: str
    deadline: float

    def remaining(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())
