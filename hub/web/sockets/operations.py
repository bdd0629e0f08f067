"""``/ws/call``: any operation over one socket.

``{"id": 1, "operation": "greeter.say_hello", "arguments": {"name": "World"}}`` is answered by
``{"id": 1, "result": "Hello World!"}`` or ``{"id": 1, "error": {problem}}`` (RFC 9457). Calls run
beside each other and are answered as they finish; what still runs when the socket closes is
cancelled.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from pydantic_core import from_json, to_json

from hub.operations.engine import engine
from hub.operations.pipeline import answer
from hub.sdk.access import allow_all
from hub.web.asgi import Receive, Scope, Send
from hub.wire.errors import BadRequest, FieldError, HubError, InvalidInput
from hub.wire.problem import encode_problem

AT_ONCE: Final = 16
WAITING: Final = 256
_MEMBERS: Final = frozenset({"id", "operation", "arguments"})


class Calls:
    """The calls of one socket. The ``WAITING`` that may be under way are more than a program needs
    and less than would hurt; of them ``AT_ONCE`` run."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def take(self, text: str) -> None:
        """Start one call; what can't be started is answered at once."""
        call_id: Any = None
        try:
            call = _read(text)
            call_id = call.get("id")
            name, arguments = _checked(call)
            if len(self._tasks) >= WAITING:
                raise HubError(f"{WAITING} calls are under way.", code="too_many_calls", status=429)
        except HubError as error:
            await self._answer(call_id, error=error)
            return
        task = asyncio.ensure_future(self._run(call_id, name, arguments))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, call_id: Any, name: str, arguments: dict[str, Any]) -> None:
        try:
            async with self._turns:
                result = await self._result(name, arguments)
        except HubError as error:
            await self._answer(call_id, error=error)
        else:
            await self._answer(call_id, result=result)

    async def _result(self, name: str, arguments: dict[str, Any]) -> bytes:
        found = await answer(
            engine().operation(name),
            caller=self._scope["caller"],
            arguments=arguments,
            transport="websocket",
        )
        return found.json or b"null"  # there is always one where no condition was given

    async def _answer(
        self, call_id: Any, *, result: bytes = b"", error: HubError | None = None
    ) -> None:
        member = b'"result":' + result if error is None else b'"error":' + encode_problem(error)
        # A number such as 1e400 is read as infinite, which is no JSON.
        text = b'{"id":' + to_json(call_id, inf_nan_mode="null") + b"," + member + b"}"
        await self._send({"type": "websocket.send", "text": text.decode()})


async def call_operations(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application; every operation decides itself who may call it."""
    await receive()
    await send({"type": "websocket.accept"})
    calls = Calls(scope, send)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            await calls.take(message["text"])
    finally:
        await calls.stop()


call_operations.access = allow_all  # type: ignore[attr-defined]
call_operations.takes_bytes = False  # type: ignore[attr-defined]


def _read(text: str) -> dict[str, Any]:
    try:
        call = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"The message is not JSON: {error}.", code="invalid_json") from None
    if not isinstance(call, dict):
        raise _invalid("", "The message must be an object.", "dict_type")
    return call


def _checked(call: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    unknown = sorted(set(call) - _MEMBERS)
    if unknown:
        raise _invalid(unknown[0][:100], "there is no such field", "unknown_field")
    if isinstance(call.get("id"), bool) or not isinstance(call.get("id"), int | str):
        raise _invalid("id", "must be a number or a text", "invalid_id")
    name, arguments = call.get("operation"), call.get("arguments", {})
    if not isinstance(name, str):
        raise _invalid("operation", "must be an operation's name", "missing")
    if not isinstance(arguments, dict):
        raise _invalid("arguments", "must be an object", "dict_type")
    return name, arguments


def _invalid(field: str, message: str, code: str) -> InvalidInput:
    text = f"{field}: {message}" if field else message
    return InvalidInput(text, [FieldError(field, message, code)])
