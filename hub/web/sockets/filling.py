"""Consumers get what their classes mark with ``Injected``; it lives as long as the socket."""

from __future__ import annotations

import functools
from collections.abc import Callable
from math import inf
from typing import Any

from hub.loader.injection.provisions import Need
from hub.loader.injection.usages import attributes_of
from hub.operations.engine import engine
from hub.sdk.callers import CallContext
from hub.web.asgi import Application, Receive, Scope, Send


def filled_consumer(application: Any, *, plugin: str) -> Application:
    """The application itself where its consumer marks nothing. Raises
    :class:`hub.sdk.InjectionError`."""
    owner: Callable[..., Any] | None = getattr(application, "consumer_class", None)
    needs = _needs_of(owner) if isinstance(owner, type) else ()
    if owner is None or not needs:
        return application  # type: ignore[no-any-return]
    container = engine().container
    plan = container.plan_for(needs, plugin, who=owner.__name__)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async with container.call_scope(context=_context_of(scope), plugin=plugin) as things:
            found = await things.fill(container.current(plan))
            consumer = owner(**application.consumer_initkwargs)
            for name, value in found.items():
                setattr(consumer, name, value)
            await consumer(scope, receive, send)

    return serve


@functools.lru_cache(maxsize=1024)
def _needs_of(owner: type) -> tuple[Need, ...]:
    try:
        return attributes_of(owner)
    except TypeError:
        # A name for type checkers only. It is in the way only where something is marked.
        if "Inject" in str(getattr(owner, "__annotations__", "")):
            raise
        return ()


def _context_of(scope: Scope) -> CallContext:
    return CallContext(
        caller=scope["caller"],
        operation=scope["path"],
        transport="websocket",
        request_id=scope.get("request_id", ""),
        deadline=inf,
    )
