"""Close codes (RFC 6455 §7.4): the hub's errors are 4000 + their HTTP status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.wire.errors import HubError

_REASON_BYTES: Final = 123  # RFC 6455 §5.5: a control frame holds 125, two of them are the code


@dataclass(frozen=True, slots=True)
class Closing:
    """``code`` and ``reason`` as they go into the close frame."""

    code: int
    reason: str = ""


NORMAL: Final = Closing(1000)
NO_BYTES: Final = Closing(1003, "unsupported_data: this socket takes text only")
TOO_MANY: Final = Closing(1008, "too_many_messages: slow down")
TOO_BIG: Final = Closing(1009, "message_too_big")
INTERNAL: Final = Closing(1011, "internal_error")
SILENT: Final = Closing(4408, "idle: nothing was said for too long")
GOING_AWAY: Final = Closing(1001, "going_away: the hub stops")
RESTARTING: Final = Closing(1012, "service_restart: connect again")
PLUGIN_OFF: Final = Closing(4403, "plugin_off: the plugin is switched off")


def closing_of(error: HubError) -> Closing:
    """How a socket ends with ``error``: 4401, 4403, 4404, 4422 … or 1011 for what broke inside."""
    if error.status == 500:
        return INTERNAL
    if error.code == "plugin_off":
        return PLUGIN_OFF
    return Closing(4000 + error.status, _shortened(f"{error.code}: {error.message}"))


def _shortened(text: str) -> str:
    return text.encode()[:_REASON_BYTES].decode(errors="ignore")
