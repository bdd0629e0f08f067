"""Between a proxy and the making of a call: its deadline, its headers, interceptors, and a token
that is renewed once."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from hub.client.calls import TIMEOUT, Call
from hub.client.channels.faults import is_refused_token
from hub.client.headers import forwarded, trail_headers
from hub.client.interceptors import Interceptors
from hub.client.methods import RemoteMethod
from hub.client.tokens import Tokens
from hub.sdk.trail import running_call
from hub.wire.errors import Unauthenticated

AUTHORIZATION: Final = "authorization"


class Caller(Protocol):
    """What makes a call: :class:`hub.client.resilience.calling.Calling`."""

    def call(self, call: Call) -> Any: ...

    async def acall(self, call: Call) -> Any: ...

    def iterate(self, call: Call) -> Iterator[Any]: ...

    def aiterate(self, call: Call) -> AsyncIterator[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoking:
    """Calls of methods with their arguments. ``timeout`` is in seconds; without one a method's own
    counts, else ``default_timeout``. What is left of the running call's deadline is never
    exceeded."""

    calling: Caller
    tokens: Tokens = field(default_factory=lambda: Tokens(None))
    interceptors: Interceptors = field(default_factory=Interceptors)
    timeout: float | None = None
    default_timeout: float = TIMEOUT
    qualifier: str = ""

    def call(self, method: RemoteMethod, arguments: dict[str, Any]) -> Any:
        call = self._begun(method, arguments)
        if AUTHORIZATION not in call.headers:
            _carry(call, self.tokens.header())
        if not self.interceptors.around:
            return self._made(call)
        with self.interceptors.entered(call):
            call.result = self._made(call)
        return call.result

    async def acall(self, method: RemoteMethod, arguments: dict[str, Any]) -> Any:
        call = self._begun(method, arguments)
        if AUTHORIZATION not in call.headers:
            _carry(call, await self.tokens.aheader())
        if not self.interceptors.around:
            return await self._amade(call)
        with self.interceptors.entered(call):
            call.result = await self._amade(call)
        return call.result

    def iterate(self, method: RemoteMethod, arguments: dict[str, Any]) -> Iterator[Any]:
        call = self._begun(method, arguments)
        if AUTHORIZATION not in call.headers:
            _carry(call, self.tokens.header())
        with self.interceptors.entered(call), closing(_closable(self.calling.iterate(call))) as one:
            yield from one

    async def aiterate(self, method: RemoteMethod, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        call = self._begun(method, arguments)
        if AUTHORIZATION not in call.headers:
            _carry(call, await self.tokens.aheader())
        with self.interceptors.entered(call):
            async with aclosing(_closable(self.calling.aiterate(call))) as items:
                async for item in items:
                    yield item

    def _begun(self, method: RemoteMethod, arguments: dict[str, Any]) -> Call:
        """A call, with the token of the request that it is made for where it carries that."""
        timeout = self.timeout or method.declaration.timeout or self.default_timeout
        deadline = time.monotonic() + timeout
        running = running_call.get()
        if running is not None:
            deadline = min(deadline, running.deadline)
        call = Call(
            method=method,
            arguments=arguments,
            deadline=deadline,
            headers=trail_headers(),
            qualifier=self.qualifier,
        )
        if method.forwards_token:
            _carry(call, forwarded(method))
        return call

    def _made(self, call: Call) -> Any:
        try:
            return self.calling.call(call)
        except Unauthenticated as error:
            refused = self._refused(call, error)
            if not refused:
                raise
            renewed = self.tokens.renewed(refused)
            if renewed == refused:
                raise
        _carry(call, renewed)
        return self.calling.call(call)

    async def _amade(self, call: Call) -> Any:
        try:
            return await self.calling.acall(call)
        except Unauthenticated as error:
            refused = self._refused(call, error)
            if not refused:
                raise
            renewed = await self.tokens.arenewed(refused)
            if renewed == refused:
                raise
        _carry(call, renewed)
        return await self.calling.acall(call)

    def _refused(self, call: Call, error: Unauthenticated) -> str:
        """The header that was refused, where another can be had."""
        if not (self.tokens.can_be_renewed and is_refused_token(error)):
            return ""
        sent = call.headers.get(AUTHORIZATION, "")
        return "" if sent == forwarded(call.method) else sent


def _carry(call: Call, authorization: str) -> None:
    if authorization:
        call.headers[AUTHORIZATION] = authorization


def _closable(items: Any) -> Any:
    """Channels give generators, whatever the protocol calls them."""
    return items
