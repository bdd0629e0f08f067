"""Who opens a socket: by header, by subprotocol, by session, or by the first message.

Browsers can't set headers on a WebSocket. Their scripts send a token as one of the subprotocols
they offer, ``["hub", "hub.token.<token>"]``; the hub selects ``hub`` and never names the token. Or
they say ``{"type": "authenticate", "token": "…"}`` as soon as the socket is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject
from pydantic_core import from_json

from hub.operations.threads import run_in_thread
from hub.sdk.access import Access, Denied, refusal
from hub.sdk.callers import Caller
from hub.security.callers import caller_of
from hub.wire.errors import BadRequest, Forbidden, HubError, Unauthenticated

SUBPROTOCOL: Final = "hub"
_TOKEN_PREFIX: Final = "hub.token."  # noqa: S105 - the name of a place, not a token
_HINT: Final = 'Send {"type": "authenticate", "token": "<token>"} or an Authorization header.'

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The headers that say who calls, kept to be asked again while the socket is open."""

    scope: Mapping[str, Any] = field(repr=False)

    async def caller(self) -> Caller:
        """Raises :class:`Unauthenticated` for a token that does not hold, or no longer."""
        return await caller_of(self.scope)


def proof_of(scope: Mapping[str, Any]) -> Proof:
    """From the handshake. Raises :class:`BadRequest` for two tokens at once."""
    tokens = [name for name in scope["subprotocols"] if name.startswith(_TOKEN_PREFIX)]
    kept: Headers = tuple(
        (name, value) for name, value in scope["headers"] if name in (b"authorization", b"cookie")
    )
    if not tokens:
        return Proof({**_place(scope), "headers": kept})
    if len(tokens) > 1 or any(name == b"authorization" for name, _ in kept):
        raise BadRequest("Send one token.", code="invalid_token")
    return proof_of_token(scope, tokens[0].removeprefix(_TOKEN_PREFIX))


def proof_of_token(scope: Mapping[str, Any], token: str) -> Proof:
    header = b"Bearer " + token.encode("utf-8", "replace")
    return Proof({**_place(scope), "headers": ((b"authorization", header),)})


def _place(scope: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "websocket", "path": scope["path"], "scheme": "http", "root_path": ""}


def without_tokens(subprotocols: Sequence[str]) -> list[str]:
    return [name for name in subprotocols if not name.startswith(_TOKEN_PREFIX)]


def token_in(message: Mapping[str, Any]) -> str | None:
    """The token of an ``authenticate`` message, ``None`` if it is any other message."""
    text = message.get("text")
    if not text or len(text) > 16_384 or '"authenticate"' not in text:
        return None
    try:
        content = from_json(text)
    except ValueError:
        return None
    if not isinstance(content, dict) or content.get("type") != "authenticate":
        return None
    token = content.get("token")
    return token if isinstance(token, str) else ""


async def judged(access: Access, caller: Caller) -> Caller:
    """The caller, if ``access`` lets it open a socket; with its permissions, if they were asked
    for. Raises :class:`Unauthenticated` or :class:`Forbidden`. Rules of plugins may do I/O, so
    they run in a thread."""
    if access.may_block or (access.needs_permissions and caller.is_authenticated):
        return await run_in_thread(_judge, access, caller, timeout=10)
    return _judge(access, caller)


def _judge(access: Access, caller: Caller) -> Caller:
    if access.needs_permissions and caller.is_authenticated:
        caller = caller.with_permissions()
    # A socket has no arguments that could follow, so this verdict is final.
    verdict = access.decide(caller, {})
    if verdict is None:
        return caller
    denied = verdict if isinstance(verdict, Denied) else Denied("This can't be decided here.")
    raise refusal(denied, caller)


async def admits_anonymous(access: Access, caller: Caller) -> bool:
    try:
        await judged(access, caller)
    except (Unauthenticated, Forbidden):
        return False
    return True


def nobody() -> HubError:
    return Unauthenticated("Nobody has said who is calling.", hint=_HINT)


def lazy_user(caller: Caller) -> Any:
    """Django's user behind the caller, read when it is first looked at."""
    return SimpleLazyObject(partial(_user, caller.user_id))


def _user(user_id: int | None) -> Any:
    found = get_user_model().objects.filter(pk=user_id).first() if user_id else None
    return found or AnonymousUser()
