"""Calling services and joining a registry from any Python process. Loads no Django."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hub.client.calls import Call, ConnectionLost, NoInstance, NotSent, TimedOut
    from hub.client.channels.registered import UnknownChannel
    from hub.client.hub import Hub
    from hub.client.instances import InstanceStatus, Registration
    from hub.client.settings import ClientSettings
    from hub.client.transport.messages import BadAnswer

__all__ = [
    "BadAnswer",
    "Call",
    "ClientSettings",
    "ConnectionLost",
    "Hub",
    "InstanceStatus",
    "NoInstance",
    "NotSent",
    "Registration",
    "TimedOut",
    "UnknownChannel",
]

# Whoever imports one module of this package need not pay for all of them.
_WHERE: Final = {
    "BadAnswer": "hub.client.transport.messages",
    "Call": "hub.client.calls",
    "ClientSettings": "hub.client.settings",
    "ConnectionLost": "hub.client.calls",
    "Hub": "hub.client.hub",
    "InstanceStatus": "hub.client.instances",
    "NoInstance": "hub.client.calls",
    "NotSent": "hub.client.calls",
    "Registration": "hub.client.instances",
    "TimedOut": "hub.client.calls",
    "UnknownChannel": "hub.client.channels.registered",
}


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(module), name)
    return found
