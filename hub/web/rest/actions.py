"""The REST edge of operations: pure ASGI, no Django request on the way.

bytes → operation, caller, arguments → ``answer`` → bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub.loader.once import once
from hub.operations.caching import Answer
from hub.operations.pipeline import answer
from hub.security.callers import caller_of
from hub.web.asgi import Application, Receive, Scope, Send, send_json, send_problem
from hub.web.cache_headers import cache_headers
from hub.web.rest.lines import send_lines
from hub.web.rest.requests import read_arguments, refuse_bad_encoding
from hub.web.rest.routes import Match, RouteTable
from hub.wire.conditional import read_conditions
from hub.wire.deadlines import timeout_of
from hub.wire.errors import HubError, MethodNotAllowed

_SAFE: Final = frozenset({"GET", "HEAD"})


class ActionsApp:
    """Answers the routes of operations; every other path goes to ``otherwise``.

    ``table`` is called at the first request, when the engine is compiled.
    """

    def __init__(self, table: Callable[[], RouteTable], otherwise: Application) -> None:
        self._table = once(table)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method: str = scope["method"]
        head = method == "HEAD"
        path: str = scope["raw_path"].decode("latin-1") if scope.get("raw_path") else scope["path"]
        table = self._table()
        try:
            match = (
                None if table.is_elsewhere(path) else table.find("GET" if head else method, path)
            )
            if match is None:
                allowed = table.methods_at(path)
                if not allowed:
                    refuse_bad_encoding(scope)
                    return await self._otherwise(scope, receive, send)
                return await self._other_method(allowed, scope, receive, send)
            if match.operation.streams:
                return await _stream(match, scope, receive, send)
            found = await _answer(match, scope, receive)
        except HubError as error:
            return await send_problem(send, error, scope=scope, head=head)
        await _send_answer(send, found, method=method)
        return None

    async def _other_method(
        self, allowed: frozenset[str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """An operation is here, but not with this method: OPTIONS, or a mistake."""
        allow = ", ".join(sorted({*allowed, "OPTIONS", *(["HEAD"] if "GET" in allowed else [])}))
        if scope["method"] != "OPTIONS":
            raise MethodNotAllowed(
                f"{scope['method']} is not possible here.",
                hint=f"Possible are: {allow}.",
                headers={"Allow": allow},
            )
        headers = [(b"allow", allow.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


async def _answer(match: Match, scope: Scope, receive: Receive) -> Answer:
    operation = match.operation
    caller = await caller_of(scope)
    arguments = await read_arguments(operation.input, match.texts, scope, receive)
    conditions = None
    if operation.cache is not None and scope["method"] in _SAFE:
        conditions = read_conditions(scope["headers"])
    return await answer(
        operation,
        caller=caller,
        arguments=arguments,
        transport="rest",
        request_id=scope.get("request_id", ""),
        timeout=timeout_of(scope["headers"]),
        unchanged=conditions.unchanged if conditions else None,
    )


async def _stream(match: Match, scope: Scope, receive: Receive, send: Send) -> None:
    operation = match.operation
    caller = await caller_of(scope)
    arguments = await read_arguments(operation.input, match.texts, scope, receive)
    await send_lines(
        operation, caller=caller, arguments=arguments, scope=scope, receive=receive, send=send
    )


async def _send_answer(send: Send, found: Answer, *, method: str) -> None:
    headers = cache_headers(found) if found.declared and method in _SAFE else []
    if found.json is None:
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
    else:
        await send_json(send, found.json, head=method == "HEAD", headers=headers)
