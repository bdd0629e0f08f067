"""What the hub's own ninja routes say in ``auth=``. Plugins import it from :mod:`hub.sdk`."""

from __future__ import annotations

from hub.sdk.routes import RouteAccess

HubAuth = RouteAccess
