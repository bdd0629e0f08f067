"""The ASGI application of all WebSockets: ``/ws/<label>/…`` of plugins and the hub's own."""

from __future__ import annotations

import logging
import weakref
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Callable
from typing import Final

from hub.loader.once import once
from hub.operations import switches
from hub.operations.engine import engine
from hub.operations.exception_handlers import handled
from hub.rpc.streaming.app import stream_app
from hub.sdk.access import allow_all
from hub.sdk.trail import note_plugin
from hub.web.asgi import Application, Receive, Scope, Send
from hub.web.sockets import closing
from hub.web.sockets.closing import Closing, closing_of
from hub.web.sockets.connection import Connection
from hub.web.sockets.delivery import own_loop
from hub.web.sockets.operations import call_operations
from hub.web.sockets.routes import Found, Rules, SocketTable
from hub.web.sockets.security import check_transport
from hub.web.sockets.threads import use_pool
from hub.web.sockets.watch import Watch
from hub.wire.errors import HubError, InternalError, NotFound, Unavailable
from hub.wire.frames import PATH as STREAM_PATH

logger = logging.getLogger(__name__)


class SocketApp:
    """Finds the consumer, lets the caller in, and keeps what a consumer raises from the server.

    ``table`` is called at the first socket, when the catalog is read.
    """

    def __init__(self, table: Callable[[], SocketTable]) -> None:
        self._table = once(table)
        self._watches: weakref.WeakKeyDictionary[AbstractEventLoop, Watch] = (
            weakref.WeakKeyDictionary()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (await receive())["type"] != "websocket.connect":
            return
        own_loop()
        use_pool()
        found = self._find(scope["path"])
        connection = Connection(found or _NOWHERE, _complete(scope), receive, send)
        note_plugin(connection.found.label)
        watch = self._watch()
        watch.add(connection)
        try:
            await _refuse_if_off(connection.found)
            check_transport(scope)
            await connection.run()
            await connection.close(closing.NORMAL)
        except HubError as error:
            await connection.close(closing_of(error))
        except Exception as error:
            answer = handled(error, plugin=connection.found.label)
            if answer is None or isinstance(answer, InternalError):
                logger.exception("The socket %s failed.", scope["path"])
            await connection.close(closing_of(answer) if answer else closing.INTERNAL)
        finally:
            watch.discard(connection)

    async def close_all(self, why: Closing) -> None:
        """Close the sockets of this event loop; one whose client reads nothing is left."""
        watch = self._watches.get(get_running_loop())
        if watch is not None:
            await watch.close_all(why)

    def _find(self, path: str) -> Found | None:
        try:
            return self._table().find(path)
        except Exception:  # a consumer's declarations are wrong
            logger.exception("The socket %s can't be opened.", path)
            return _BROKEN

    def _watch(self) -> Watch:
        loop = get_running_loop()
        watch = self._watches.get(loop)
        if watch is None:
            watch = self._watches[loop] = Watch()
        return watch


async def _refuse_if_off(found: Found) -> None:
    if found.label in await switches.aoff():
        raise Unavailable("The plugin is switched off.", code="plugin_off")


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    raise NotFound("No socket is here.")


async def _broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise InternalError("This socket can't be opened.")


def _complete(scope: Scope) -> Scope:
    scope.setdefault("subprotocols", [])
    return scope


def _make_table() -> SocketTable:
    own: dict[str, Application] = {"/ws/call": call_operations, STREAM_PATH: stream_app}
    return SocketTable(engine().catalog, own)


_BROKEN: Final = Found("", _broken, Rules(access=allow_all))
_NOWHERE: Final = Found("", _nowhere, Rules(access=allow_all))
socket_app: Final = SocketApp(_make_table)
