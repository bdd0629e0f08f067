"""``/metrics`` as an ASGI application, to be mounted at that exact path."""

from __future__ import annotations

from typing import Final

from hub.operations.shared_answer import SharedAnswer
from hub.operations.threads import run_in_thread
from hub.sdk.access import Denied, refusal, requires_scope
from hub.sdk.callers import Caller
from hub.security.callers import caller_of
from hub.web.asgi import Receive, Scope, Send
from hub.web.metrics import rows
from hub.wire.errors import MethodNotAllowed

READ_SCOPE: Final = "metrics:read"
DEADLINE: Final = 2.0  # seconds for the database; without it the rest is told

_scoped = requires_scope(READ_SCOPE)
_rows = SharedAnswer(lambda: rows.read(), thread="hub-metrics")


async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
    """For staff, and for tokens with the scope ``metrics:read``.

    Raises :class:`MethodNotAllowed`, ``Unauthenticated`` and ``Forbidden``; the envelope around it
    answers those.
    """
    if scope["method"] not in {"GET", "HEAD"}:
        raise MethodNotAllowed("Metrics are read with GET or HEAD.", headers={"Allow": "GET, HEAD"})
    _refuse_others(await caller_of(scope))
    read = await _rows.within(DEADLINE)
    body, media_type = await run_in_thread(_told, read, _accepted(scope))
    headers = [
        (b"content-type", media_type.encode("latin-1")),
        (b"content-length", b"%d" % len(body)),
        (b"vary", b"accept, authorization, cookie"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


def _refuse_others(caller: Caller) -> None:
    """A token counts for the scopes it was given, not for all that its user may do."""
    if caller.kind in {"token", "jwt"}:
        denied = _scoped.check(caller, {})
    elif caller.is_staff or caller.is_superuser:
        denied = None
    else:
        denied = Denied("Metrics are for staff and for tokens with the scope metrics:read.")
    if denied is not None:
        raise refusal(denied, caller)


def _told(read: rows.RowsRead | None, accept: str) -> tuple[bytes, str]:
    # Imported when it is asked for: what writes the text would make each start slower.
    from hub.web.metrics.exposition import exposition

    return exposition(read, accept=accept)


def _accepted(scope: Scope) -> str:
    values = [value for name, value in scope["headers"] if name == b"accept"]
    return b",".join(values).decode("latin-1")
