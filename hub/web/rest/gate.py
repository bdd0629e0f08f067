"""What an operator switched off answers 503, for everything below the plugin's mount."""

from __future__ import annotations

from hub.loader.once import once
from hub.operations import switches
from hub.operations.engine import engine
from hub.web.asgi import Application, Receive, Scope, Send, send_problem
from hub.wire.errors import Unavailable

_PREFIX = "/api/"


class PluginGate:
    """Stands before operations, ninja routes and resources. Looks at the decoded path, as
    Django's URL resolver does, so that an encoded one finds no way around."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        off = switches.off_lately()
        if off is None:
            off = await switches.aoff()
        if off:
            mount = scope["path"].removeprefix(_PREFIX).partition("/")[0]
            label = labels_by_mount().get(mount)
            if label in off:
                message = f"The plugin '{label}' is switched off."
                return await send_problem(
                    send, Unavailable(message, code="plugin_off"), scope=scope
                )
        return await self._app(scope, receive, send)


@once
def labels_by_mount() -> dict[str, str]:
    return {plugin.mount: plugin.label for plugin in engine().catalog.loaded()}
