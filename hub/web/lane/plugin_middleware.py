"""The plugins' middleware around the API lane.

Inside the envelope, so that the request's id, the host check, the body's limit and the security
headers hold whatever a middleware does; outside the plugin gate, so that a path it rewrites is
judged as rewritten. A plugin that is switched off is passed by. Without any middleware the
applications stay the very same objects, and nothing is paid.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.loader.injection.provisions import needs_of
from hub.operations import switches
from hub.operations.engine import engine
from hub.web.asgi import Application, Message, Receive, Scope, Send
from hub.wire.errors import HubError, InternalError

_LEFT_OUT: Final = "The middleware %s of the plugin '%s' can't be made and is left out."

logger = logging.getLogger("hub.web")


def behind_middleware(
    catalog: Catalog, *, api: Application, graphql: Application
) -> tuple[Application, Application]:
    """``api`` and ``graphql``, each behind all middleware of the plugins that are loaded. A
    middleware is made once and stands before both."""
    found = in_order(catalog)
    if not found:
        return api, graphql
    application: Application = _Inside(api, graphql)
    for plugin, contribution in reversed(found):
        application = _link(plugin.label, contribution, application)
    chain = _Chain(application)
    return chain, chain


def in_order(catalog: Catalog) -> list[tuple[Plugin, Contribution]]:
    """The outermost first: by order, then by the plugins' dependencies, then as written."""
    found = [
        (plugin, contribution)
        for plugin in catalog.loaded()
        for contribution in plugin.contributed("middleware")
    ]
    return sorted(found, key=lambda entry: entry[1].value.order)


def _link(label: str, contribution: Contribution, further: Application) -> Application:
    if needs_of(contribution.value.factory):
        return _Link(label, contribution.name, _Later(label, contribution, further), further)
    try:
        own: Application = contribution.value.factory(further)
    except Exception:  # it was made once before, while the plugin was loaded
        logger.exception(_LEFT_OUT, contribution.name, label)
        return further
    return _Link(label, contribution.name, own, further)


class _Link:
    """One middleware, while its plugin is on. What it raises is told with its name; what comes
    from further inside is a :class:`HubError` already, and not its fault."""

    def __init__(self, label: str, name: str, own: Application, further: Application) -> None:
        self._label = label
        self._name = name
        self._own = own
        self._further = further

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._label in await switches.aoff():
            return await self._further(scope, receive, send)
        try:
            await self._own(scope, receive, send)
        except HubError:
            raise
        except Exception as error:
            logger.exception(
                "The middleware %s of the plugin '%s' failed on %s (request %s)",
                self._name,
                self._label,
                scope.get("path", "?"),
                scope.get("request_id", "-"),
            )
            raise InternalError("Something went wrong inside.") from error
        return None


class _Later:
    """A middleware that something is injected into: made at the first request, on the event loop
    that what it gets belongs to."""

    def __init__(self, label: str, contribution: Contribution, further: Application) -> None:
        self._label = label
        self._contribution = contribution
        self._further = further
        self._own: Application | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._own is None:
            async with self._making:
                self._own = self._own or await self._make()
        await self._own(scope, receive, send)

    async def _make(self) -> Application:
        try:
            made: Application = await engine().container.make(
                self._contribution.value.factory, self._further, plugin=self._label
            )
        except Exception:
            logger.exception(_LEFT_OUT, self._contribution.name, self._label)
            return self._further
        return made


class _Inside:
    """The lane itself, as the innermost middleware calls it."""

    def __init__(self, api: Application, graphql: Application) -> None:
        self._api = api
        self._graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self._graphql if scope["path"] == "/graphql" else self._api
        try:
            await application(scope, receive, send)
        except HubError:
            raise
        except Exception as error:
            logger.exception("%s failed (request %s)", scope["path"], scope.get("request_id", "-"))
            raise InternalError("Something went wrong inside.") from error


class _Chain:
    """All of it. A middleware that neither answers nor calls on is told, and the client has an
    answer all the same."""

    def __init__(self, outermost: Application) -> None:
        self._outermost = outermost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settled = False

        async def sending(message: Message) -> None:
            nonlocal settled
            settled = True
            await send(message)

        async def receiving() -> Message:
            nonlocal settled
            message = await receive()
            settled = settled or message["type"] == "http.disconnect"
            return message

        await self._outermost(scope, receiving, sending)
        if not settled:
            logger.error(
                "%s was not answered: a plugin's middleware returned without calling on "
                "(request %s)",
                scope.get("path", "?"),
                scope.get("request_id", "-"),
            )
            raise InternalError("Something went wrong inside.")
