"""For tests of plugins: a hub in the test's process, clients and callers, examples, contracts.

The fixtures come by the pytest plugin :mod:`hub.testing.plugin`, which is found by itself. It
imports this package, so nothing here is imported before it is used: not Django, not the hub.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hub.testing.calls import acall, call, check_examples
    from hub.testing.captured import CapturedLogs, CapturedSignals
    from hub.testing.client import Answer, HubClient
    from hub.testing.clock import FrozenTime
    from hub.testing.contract import assert_plugin_contract
    from hub.testing.example_items import example_tests
    from hub.testing.identities import Identities, Identity
    from hub.testing.overriding import override
    from hub.testing.programs import Server
    from hub.testing.replaced import ReplacedSettings, ReplacedThings
    from hub.testing.servers import HubServers
    from hub.testing.sockets import HubSocket, SocketClosed
    from hub.testing.started import NotStarted, StartedHub, started_hub
    from hub.testing.tokens import issue_token

__all__ = [
    "Answer",
    "CapturedLogs",
    "CapturedSignals",
    "FrozenTime",
    "HubClient",
    "HubServers",
    "HubSocket",
    "Identities",
    "Identity",
    "NotStarted",
    "ReplacedSettings",
    "ReplacedThings",
    "Server",
    "SocketClosed",
    "StartedHub",
    "acall",
    "assert_plugin_contract",
    "call",
    "check_examples",
    "example_tests",
    "issue_token",
    "override",
    "started_hub",
]

_MODULES: Final = {
    "calls": ("acall", "call", "check_examples"),
    "captured": ("CapturedLogs", "CapturedSignals"),
    "client": ("Answer", "HubClient"),
    "clock": ("FrozenTime",),
    "contract": ("assert_plugin_contract",),
    "example_items": ("example_tests",),
    "identities": ("Identities", "Identity"),
    "overriding": ("override",),
    "programs": ("Server",),
    "replaced": ("ReplacedSettings", "ReplacedThings"),
    "servers": ("HubServers",),
    "sockets": ("HubSocket", "SocketClosed"),
    "started": ("NotStarted", "StartedHub", "started_hub"),
    "tokens": ("issue_token",),
}
_HOMES: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
