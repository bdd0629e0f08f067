from __future__ import annotations

from hub import __version__
from hub.sdk.manifest import PluginConfig


class SecurityConfig(PluginConfig):
    version = __version__
    summary = "API tokens, JWT and scopes."
    mount = "auth"
    builtin = True

    def ready(self) -> None:
        from hub.operations.threads import run_in_thread
        from hub.sdk import routes
        from hub.security import checks as checks
        from hub.security import drf_schema as drf_schema
        from hub.security import following
        from hub.security.callers import acaller_of_request, caller_of_request
        from hub.security.keys import key_ring

        key_ring()
        following.connect()
        routes.connect(routes.CallerSource(caller_of_request, acaller_of_request, run_in_thread))
