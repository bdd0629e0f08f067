"""The GraphQL edge: pure ASGI, no Django request on the way.

HTTP → document, variables, caller → the schema's resolvers → ``invoke`` → JSON.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, Final

from pydantic_core import to_json

from hub.security.callers import caller_of
from hub.web.asgi import Application, Receive, Scope, Send
from hub.web.graphql.execution import execute, refused
from hub.web.graphql.requests import GRAPHQL, answer_type, read_request, wants_page
from hub.web.graphql.schema import HubSchema, hub_schema
from hub.web.lane.handler import LeanHandler
from hub.wire.errors import HubError, MethodNotAllowed

logger = logging.getLogger(__name__)

_ALLOW: Final = "GET, HEAD, OPTIONS, POST"


class GraphQLApp:
    """Answers GraphQL requests; browsers that come for a page go to ``page``.

    ``schema`` is called at each request, and makes the schema at the first.
    """

    def __init__(self, schema: Callable[[], HubSchema], *, page: Application) -> None:
        self._schema = schema
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if wants_page(scope):
            return await self._page(scope, receive, send)
        if scope["method"] == "OPTIONS":
            headers = [(b"allow", _ALLOW.encode()), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            return await send({"type": "http.response.body", "body": b""})
        media_type = answer_type(scope)
        headers = [(b"content-type", media_type.encode()), (b"vary", b"Accept")]
        try:
            outcome = await self._answer(scope, receive)
            body, status = outcome.body, outcome.status if media_type == GRAPHQL else 200
        except HubError as error:
            body, status = refused(error), error.status
            headers += [
                (name.lower().encode(), value.encode("latin-1"))
                for name, value in error.headers.items()
            ]
        encoded = _encoded(body)
        headers.append((b"content-length", b"%d" % len(encoded)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        shown = b"" if scope["method"] == "HEAD" else encoded
        await send({"type": "http.response.body", "body": shown})
        return None

    async def _answer(self, scope: Scope, receive: Receive) -> Any:
        method = scope["method"]
        if method not in {"GET", "HEAD", "POST"}:
            raise MethodNotAllowed(
                f"{method} is not possible here.",
                hint=f"Possible are: {_ALLOW}.",
                headers={"Allow": _ALLOW},
            )
        caller = await caller_of(scope)
        request = await read_request(scope, receive)
        return await execute(
            self._schema(),
            request,
            caller=caller,
            request_id=scope.get("request_id", ""),
            read_only=method != "POST",
        )


def _encoded(body: Any) -> bytes:
    try:
        return to_json(body, inf_nan_mode="null")
    except ValueError:
        return json.dumps(body, default=str).encode()  # escapes what is no UTF-8


graphql_app: Application = GraphQLApp(hub_schema, page=LeanHandler())
