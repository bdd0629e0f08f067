"""Interceptors around calls from afar: code of plugins that sees who calls what, and the result.

They stand inside of the pipeline, once the caller is let in and the arguments are validated, and
around the cache, so that they see each call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

from hub.loader.boot import catalog
from hub.loader.once import once
from hub.operations import switches
from hub.operations.admission import Admitted
from hub.operations.container.making import CLEANUP_TIMEOUT
from hub.operations.operation import Operation
from hub.operations.running import within
from hub.operations.threads import run_in_thread
from hub.sdk.components import CHANNELS
from hub.sdk.interceptors import InterceptorDeclaration, RemoteCall
from hub.sdk.trail import current_trail

_REMOTE: Final = frozenset(CHANNELS)
_NAME: Final = "an interceptor"


@dataclass(frozen=True, slots=True)
class _Interceptor:
    plugin: str
    declaration: InterceptorDeclaration


@once
def _declared() -> tuple[_Interceptor, ...]:
    """Those of the server, in the order of their plugins."""
    return tuple(
        _Interceptor(plugin.label, entry.value)
        for plugin in catalog().loaded()
        for entry in plugin.contributed("interceptor")
        if entry.value.on == "server"
    )


def is_intercepted(operation: Operation, transport: str) -> bool:
    """Whether there may be an interceptor; most hubs have none, and pay a look-up."""
    declared = _declared()
    return (
        bool(declared)
        and transport in _REMOTE
        and any(each.declaration.meets(operation.service) for each in declared)
    )


@asynccontextmanager
async def intercepting(operation: Operation, admitted: Admitted) -> AsyncIterator[RemoteCall]:
    """The frame of a call: its body runs the call with ``call.arguments`` and sets ``call.result``.

    What the body raises is raised in the interceptors; where one catches it, the frame ends well
    and ``call.result`` is the answer.
    """
    context = admitted.context
    call = RemoteCall(
        operation=operation.name,
        service=operation.service,
        transport=context.transport,
        caller=context.caller,
        context=context,
        arguments=admitted.values,
        headers=_headers(),
    )
    off = switches.last_known()
    async with AsyncExitStack() as stack:
        for each in _declared():
            if each.plugin not in off and each.declaration.meets(operation.service):
                await stack.enter_async_context(_frame(each.declaration, call))
        yield call


def _frame(
    declaration: InterceptorDeclaration, call: RemoteCall
) -> AbstractAsyncContextManager[Any]:
    function: Any = declaration.function
    if declaration.is_async:
        return _OnLoop(asynccontextmanager(function)(call), call)
    return _InThread(contextmanager(function)(call), call)


class _InThread(AbstractAsyncContextManager[None]):
    """A plain interceptor: it may wait, so its two halves run in threads."""

    def __init__(self, manager: Any, call: RemoteCall) -> None:
        self._manager = manager
        self._call = call

    async def __aenter__(self) -> None:
        await run_in_thread(self._manager.__enter__, timeout=self._call.context.remaining())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        seconds = max(CLEANUP_TIMEOUT, self._call.context.remaining())
        leave = self._manager.__exit__
        return bool(await run_in_thread(leave, kind, error, traceback, timeout=seconds))


class _OnLoop(AbstractAsyncContextManager[None]):
    """An async interceptor, which the call's deadline holds too."""

    def __init__(self, manager: Any, call: RemoteCall) -> None:
        self._manager = manager
        self._call = call

    async def __aenter__(self) -> None:
        seconds = self._call.context.remaining()
        await within(self._manager.__aenter__(), seconds=seconds, name=_NAME)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        seconds = max(CLEANUP_TIMEOUT, self._call.context.remaining())
        leave = self._manager.__aexit__(kind, error, traceback)
        return bool(await within(leave, seconds=seconds, name=_NAME))


def _headers() -> Mapping[str, str]:
    trail = current_trail()
    return {} if trail is None else trail.headers
