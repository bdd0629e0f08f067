"""Where the running work comes from: a request, a task, a command. Log records and calls to other
programs name it.

The edge that begins work sets :data:`running_trail`, for a fraction of a microsecond: ids are
worked out when a log record or a call asks for them, and most work never does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import parse_qsl

from hub.sdk.callers import CallContext, Caller
from hub.wire.redaction import is_secret_name
from hub.wire.trace_context import Span, continued

_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")

# A request's ASGI scope stands for its trail until somebody asks for that: most never do.
running_trail: ContextVar[Trail | MutableMapping[str, Any] | None] = ContextVar(
    "hub_trail", default=None
)
running_call: ContextVar[CallContext | None] = ContextVar("hub_call", default=None)


class Trail:
    """Shared by all that runs for one request, task or command, in whatever thread.

    ``scope`` is the ASGI scope of a request; without one, ``carried`` is what :meth:`carried` gave
    in the process that sent the task. ``plugin`` is whose work it is, outside of operations.
    """

    __slots__ = ("_carried", "_scope", "_span", "caller", "look_up_caller", "name_caller", "plugin")

    def __init__(
        self,
        scope: MutableMapping[str, Any] | None = None,
        *,
        carried: Mapping[str, str] | None = None,
        plugin: str = "",
    ) -> None:
        self._scope = scope
        self.plugin = plugin
        self._carried: Mapping[str, str] = carried or {}
        self._span: Span | None = None
        self.caller: Caller | None = None
        self.name_caller: Callable[[], str] | None = None
        # Who is signed in, where Django's own session decides; does database I/O.
        self.look_up_caller: Callable[[], Caller] | None = None

    @property
    def is_request(self) -> bool:
        """False for a task or a command."""
        return self._scope is not None

    @property
    def known_plugin(self) -> str:
        """Whose work it is, once that is known; empty until then, and in operations."""
        return self.plugin or (self._scope or {}).get(_PLUGIN, "")

    @property
    def known_caller(self) -> Caller | None:
        """Who is calling, once somebody has asked."""
        return self.caller or (self._scope or {}).get(_CALLER)

    @property
    def request_id(self) -> str:
        """The request's id, empty where no request is at the beginning of this."""
        scope = self._scope
        if scope is None:
            return self._carried.get("request_id", "")
        found: str = scope.get("request_id", "")
        if not found:
            asked = self._header(b"x-request-id")
            found = asked if _SAFE_ID.fullmatch(asked) else os.urandom(16).hex()
            scope["request_id"] = found
        return found

    @property
    def span(self) -> Span:
        """In the trace of ``traceparent``, or in a new one."""
        span = self._span
        if span is None:
            if self._scope is None:
                parent, state = (self._carried.get(name, "") for name in _TRACE_HEADERS)
            else:
                parent, state = (self._header(name.encode()) for name in _TRACE_HEADERS)
            span = self._span = continued(parent, state)
        return span

    @property
    def caller_name(self) -> str:
        """The user's name, or the kind of caller; empty while nobody has asked who is calling."""
        caller = self.known_caller
        if caller is not None:
            return name_of(caller)
        if self.name_caller is not None:
            return self.name_caller()
        return self._carried.get("caller", "")

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers, with lower-case names; of several alike the last."""
        sent = self._scope["headers"] if self._scope is not None else ()
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent}

    @property
    def bearer_token(self) -> str:
        """The token in the request's Authorization header; empty without one."""
        scheme, _, token = self._header(b"authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def secrets(self) -> list[str]:
        """Credentials that the request brought in its headers and its query: what must not be
        written while it is served."""
        if self._scope is None:
            return []
        return [value for value in _credentials(self._scope) if len(value) >= 6]

    def _header(self, wanted: bytes) -> str:
        headers = self._scope["headers"] if self._scope is not None else ()
        return next((value.decode("latin-1") for name, value in headers if name == wanted), "")


_TRACE_HEADERS: Final = ("traceparent", "tracestate")
# Members of a scope.
_KEPT: Final = "hub.trail"
_CALLER: Final = "hub.caller"
_PLUGIN: Final = "hub.plugin"


def current_trail() -> Trail | None:
    """The trail of what is running, if it has one."""
    found = running_trail.get()
    if found is None or isinstance(found, Trail):
        return found
    trail: Trail | None = found.get(_KEPT)
    if trail is None:
        trail = found[_KEPT] = Trail(found)
    return trail


def name_of(caller: Caller) -> str:
    return caller.username or caller.kind


def trace_headers() -> dict[str, str]:
    """Headers for a call to another program, so that its log and the hub's can be put together:
    ``traceparent``, and ``tracestate`` and ``X-Request-ID`` where there are any. Empty outside of
    requests, tasks and commands."""
    trail = current_trail()
    if trail is None:
        return {}
    headers = {"traceparent": trail.span.traceparent}
    if trail.span.state:
        headers["tracestate"] = trail.span.state
    if trail.request_id:
        headers["X-Request-ID"] = trail.request_id
    return headers


def carried() -> dict[str, str]:
    """What a task takes along: a :class:`Trail` made of it goes on with this one."""
    trail = current_trail()
    if trail is None:
        return {}
    call = running_call.get()
    found = {
        "traceparent": trail.span.traceparent,
        "tracestate": trail.span.state,
        "request_id": trail.request_id,
        "caller": name_of(call.caller) if call is not None else trail.caller_name,
    }
    return {name: value for name, value in found.items() if value}


def note_caller(caller: Caller) -> Caller:
    """Have log records of the running request name ``caller``, also outside of operations."""
    found = running_trail.get()
    if isinstance(found, Trail):
        found.caller = caller
    elif found is not None:
        found[_CALLER] = caller
    return caller


def note_plugin(label: str) -> None:
    """Have log records of the running request name the plugin whose work it is, also outside of
    operations."""
    found = running_trail.get()
    if isinstance(found, Trail):
        found.plugin = label
    elif found is not None:
        found[_PLUGIN] = label


def record_fields() -> dict[str, str]:
    """What a log record says of the work that it comes from; only what is known."""
    found: dict[str, str] = {}
    trail, call = current_trail(), running_call.get()
    request_id = call.request_id if call is not None else ""
    if trail is not None:
        request_id = request_id or trail.request_id
        found["caller"], found["plugin"] = trail.caller_name, trail.known_plugin
        found["trace_id"], found["span_id"] = trail.span.trace_id, trail.span.span_id
    found["request_id"] = request_id
    if call is not None:
        found["caller"] = name_of(call.caller)
        found["operation"] = call.operation
        found["plugin"] = call.operation.partition(".")[0]
    return {name: value for name, value in found.items() if value}


def _credentials(scope: Mapping[str, Any]) -> Iterable[str]:
    for name, value in scope["headers"]:
        if name == b"cookie":
            for part in value.decode("latin-1").split(";"):
                yield part.partition("=")[2].strip()
        elif name in {b"authorization", b"proxy-authorization"}:
            yield value.decode("latin-1").partition(" ")[2].strip()
        elif name.endswith(b"-key") or is_secret_name(name.decode("latin-1")):
            yield value.decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    if query:
        for name, value in parse_qsl(query[:8192]):
            if is_secret_name(name):
                yield value
