"""What each call says of itself in its headers: where it comes from, and on whose behalf."""

from __future__ import annotations

from hub.client.methods import RemoteMethod
from hub.client.tokens import bearer
from hub.sdk.trail import current_trail, running_trail, trace_headers


def trail_headers() -> dict[str, str]:
    """``traceparent``, ``tracestate`` and ``x-request-id`` of what is running, where there are
    any."""
    if running_trail.get() is None:
        return {}
    return {name.lower(): value for name, value in trace_headers().items()}


def forwarded(method: RemoteMethod) -> str:
    """The Authorization header of the running request, for services that ask for it
    (``forwards_token``) and for no others; empty where there is none. Only a bearer token is
    handed on: a password is not."""
    trail = current_trail() if method.forwards_token else None
    return bearer(trail.bearer_token) if trail is not None else ""
