"""Ninja views get what they mark with ``Injected``; ninja and its documents see the rest.

Ninja reads a view when its module is imported, so its reading is renewed before the mount.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.operation import Operation
from ninja.signature import ViewSignature

from hub.loader.injection.provisions import needs_of
from hub.operations.container.container import Container
from hub.operations.container.wrapping import CONTEXT, wants_context
from hub.operations.running import is_async
from hub.sdk.callers import ANONYMOUS, CallContext

_ORIGINAL: Final = "__hub_view__"


def fill_views(router: Router, container: Container, *, plugin: str) -> None:
    """Have the views of a router, and of those in it, filled. It may be done again."""
    for operation in _operations(router):
        view = getattr(operation.view_func, _ORIGINAL, operation.view_func)
        if needs_of(view):
            made = container.filling(view, plugin=plugin, here=not is_async(view))
            if wants_context(made):
                made = _told_who_calls(made)
            setattr(made, _ORIGINAL, view)
            operation.view_func = made
            operation.signature = ViewSignature(operation.path, made)
            operation.models = operation.signature.models


def _operations(router: Any) -> Iterator[Operation]:
    for view in router.path_operations.values():
        yield from view.operations
    for entry in router._routers:
        yield from _operations(entry[1])


def _told_who_calls(view: Callable[..., Any]) -> Any:
    @functools.wraps(view)
    def call(request: HttpRequest, *args: Any, **values: Any) -> Any:
        return view(request, *args, **values, **{CONTEXT: _context_of(request)})

    @functools.wraps(view)
    async def acall(request: HttpRequest, *args: Any, **values: Any) -> Any:
        return await view(request, *args, **values, **{CONTEXT: _context_of(request)})

    return acall if inspect.iscoroutinefunction(view) else call


def _context_of(request: HttpRequest) -> CallContext:
    return CallContext(
        caller=getattr(request, "caller", ANONYMOUS),
        operation=f"{request.method} {request.path}",
        transport="rest",
        request_id=getattr(request, "request_id", ""),
        deadline=time.monotonic() + settings.HUB_DEFAULT_TIMEOUT,
    )
