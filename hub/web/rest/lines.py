"""Results one by one over HTTP: newline-delimited JSON.

Each line is ``{"item": …}``. The last one is ``{"end": true}``, or ``{"error": …}`` with a problem
(RFC 9457); an answer without either was cut off on its way.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from hub.operations.admission import Arguments
from hub.operations.operation import Operation
from hub.operations.stream_threads import END
from hub.operations.streams import stream
from hub.sdk.callers import Caller
from hub.web.asgi import Receive, Scope, Send, reference_to
from hub.web.lane.disconnects import StopOnDisconnect
from hub.wire.deadlines import timeout_of
from hub.wire.errors import HubError, InternalError
from hub.wire.problem import encode_problem

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/x-ndjson"
_HEADERS: Final = ((b"content-type", MEDIA_TYPE.encode()),)


async def send_lines(
    operation: Operation,
    *,
    caller: Caller,
    arguments: Arguments,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Answer with what the operation streams, each result as soon as it is there. Raises
    :class:`HubError` while nothing has been sent: where there is not even a first result."""
    results = stream(
        operation,
        caller=caller,
        arguments=arguments,
        transport="rest",
        request_id=scope.get("request_id", ""),
        timeout=timeout_of(scope["headers"]),
    )
    with StopOnDisconnect(receive):
        async with aclosing(results):
            first = await anext(results, END)
            await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS]})
            last = b""
            if scope["method"] != "HEAD":
                last = await _last_line(operation, first, results, scope, send)
            await send({"type": "http.response.body", "body": last})


async def _last_line(
    operation: Operation, item: Any, results: AsyncIterator[Any], scope: Scope, send: Send
) -> bytes:
    """Send the others; servers hold them back while the client does not read."""
    try:
        while item is not END:
            line = b'{"item":%b}\n' % operation.encoded(item)
            await send({"type": "http.response.body", "body": line, "more_body": True})
            item = await anext(results, END)
    except HubError as error:
        return _failed(error, scope)
    except TypeError:
        logger.exception("A result of %s can't be sent.", operation.name)
        return _failed(InternalError("A result can't be sent."), scope)
    return b'{"end":true}\n'


def _failed(error: HubError, scope: Scope) -> bytes:
    return b'{"error":%b}\n' % encode_problem(error, instance=reference_to(scope["path"]))
