"""The edge of pages: pure ASGI, as REST's is.

address → operation, caller, arguments → ``answer_with_value`` → template → HTML. What goes wrong
is a page as well; a stranger at a protected page is sent to the login.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from hub.loader.once import once
from hub.operations import switches
from hub.operations.caching import Answer, tag_of
from hub.operations.engine import engine
from hub.operations.operation import Operation, WebRoute
from hub.operations.pipeline import answer_with_value
from hub.operations.threads import run_in_thread
from hub.sdk.callers import ANONYMOUS, Caller
from hub.security.callers import caller_of
from hub.web.asgi import Application, Receive, Scope, Send, send_problem
from hub.web.cache_headers import cache_headers
from hub.web.pages.rendering import login_address, render_error, render_page
from hub.web.rest.requests import read_arguments
from hub.web.rest.routes import Match, RouteTable
from hub.wire.conditional import Conditions, read_conditions
from hub.wire.errors import (
    HubError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    Unauthenticated,
    Unavailable,
)

logger = logging.getLogger("hub.web")

Header = tuple[bytes, bytes]

ALLOW: Final = "GET, HEAD, OPTIONS"

# A page brings its styles and scripts as static files of its plugin: nothing in the text of a
# page, which may hold what others wrote, ever runs.
_POLICY: Final = (
    b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    b"form-action 'self'; frame-ancestors 'none'"
)
_HTML: Final[tuple[Header, ...]] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", _POLICY),
)

_POSSIBLE: Final = (204, [(b"allow", ALLOW.encode())], b"")


def page_table(operations: Iterable[Operation]) -> RouteTable:
    """The pages of all operations. An operation found in it has one page: the one at the path."""
    return RouteTable(
        replace(operation, routes=(WebRoute("GET", page.path, page.parameters),), pages=(page,))
        for operation in operations
        for page in operation.pages
    )


class PagesApp:
    """Answers everything below ``/pages/``. ``table`` is called at the first request."""

    def __init__(self, table: Callable[[], RouteTable]) -> None:
        self._table = once(table)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = _Visit(scope, send)
        try:
            match = self._find(scope["method"], visit.path)
            found = _POSSIBLE if match is None else await visit.page(match, receive)
        except HubError as error:
            return await visit.fail(error)
        except Exception:
            logger.exception("%s failed (request %s)", scope["path"], scope.get("request_id", ""))
            return await visit.fail(InternalError("Something went wrong inside."))
        return await visit.answer(*found)

    def _find(self, method: str, path: str) -> Match | None:
        """The page; ``None`` where one is and the method asks what is possible."""
        match = self._table().find("GET", path)
        if match is None:
            raise NotFound("There is no such page.")
        if method in ("GET", "HEAD"):
            return match
        if method == "OPTIONS":
            return None
        hint = f"Possible are: {ALLOW}."
        message = f"{method} is not possible here."
        raise MethodNotAllowed(message, hint=hint, headers={"Allow": ALLOW})


class _Visit:
    """One request and its answer. ``path`` is as sent, percent-encoded."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.path: str = (
            scope["raw_path"].decode("latin-1") if scope.get("raw_path") else scope["path"]
        )
        self._scope = scope
        self._send = send
        self._head = scope["method"] == "HEAD"
        self._request_id: str = scope.get("request_id", "")
        self._caller: Caller = ANONYMOUS

    async def page(self, match: Match, receive: Receive) -> tuple[int, list[Header], bytes]:
        """Status, headers and body."""
        operation = match.operation
        if operation.plugin in await switches.aoff():
            message = f"The plugin '{operation.plugin}' is switched off."
            raise Unavailable(message, code="plugin_off")
        until = time.monotonic() + operation.timeout
        self._caller = await caller_of(self._scope)
        conditions = read_conditions(self._scope["headers"]) if operation.cache else Conditions()
        model, answer = await answer_with_value(
            operation,
            caller=self._caller,
            arguments=await read_arguments(operation.input, match.texts, self._scope, receive),
            transport="page",
            request_id=self._request_id,
            unchanged=conditions.unchanged if conditions else None,
        )
        # A template may show who looks at it, so a page is never everybody's.
        answer = answer._replace(private=True)
        html = b""
        if answer.json is not None:
            html = await run_in_thread(
                render_page,
                operation.pages[0].template,
                model,
                self._caller,
                request_id=self._request_id,
                timeout=max(0.001, until - time.monotonic()),
            )
            answer = _tagged(answer, html, conditions)
        own = cache_headers(answer)
        if answer.json is None:
            return 304, own, b""
        return 200, [*_HTML, *own], html

    async def fail(self, error: HubError) -> None:
        """Answer an error as a page, as problem+json to programs, or with the way to the login."""
        if _wants_json(self._scope):
            return await send_problem(self._send, error, scope=self._scope, head=self._head)
        if _needs_login(error) and not self._caller.is_authenticated:
            address = login_address(self._address()).encode()
            return await self.answer(302, [(b"location", address)], b"")
        try:
            html = await run_in_thread(
                render_error,
                error,
                path=self._address(),
                request_id=self._request_id,
            )
        except Exception:
            logger.exception("The error page failed (request %s)", self._request_id)
            return await send_problem(self._send, error, scope=self._scope, head=self._head)
        own = [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in error.headers.items()
        ]
        return await self.answer(error.status, [*_HTML, *own], html)

    def _address(self) -> str:
        query = self._scope["query_string"].decode("latin-1")
        return f"{self.path}?{query}" if query else self.path

    async def answer(self, status: int, headers: list[Header], body: bytes) -> None:
        if status not in (204, 304):
            headers = [*headers, (b"content-length", b"%d" % len(body))]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"" if self._head else body})


def _tagged(answer: Answer, html: bytes, conditions: Conditions) -> Answer:
    """With the page's own tag instead of the JSON's, and without content where it is known."""
    if answer.etag is None:
        return answer
    tag = tag_of(html)
    known = conditions.unchanged(tag, answer.last_modified)
    return answer._replace(etag=tag, json=None if known else answer.json)


def _needs_login(error: HubError) -> bool:
    """True for one who has shown no credentials; wrong ones are an error of their own."""
    return isinstance(error, Unauthenticated) and error.code == Unauthenticated.default_code


def _wants_json(scope: Scope) -> bool:
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept").lower()
    return b"json" in accepted and b"html" not in accepted


pages_app: Application = PagesApp(lambda: page_table(engine().operations))
