"""What a call of a shared connection says of itself: the headers that other channels have."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final

from hub.rpc.asgi import Scope

_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
# Who calls is the connection's to say, and was looked into when it was opened.
_REFUSED: Final = frozenset({"authorization", "cookie"})


def trail_scope(connection: Scope, headers: Mapping[str, str]) -> dict[str, Any]:
    """A scope as a request has it, so that log records, and traces, tell one call from another."""
    given = {name.lower(): value for name, value in headers.items()}
    asked = given.get("x-request-id", "")
    request_id = asked if _SAFE_ID.fullmatch(asked) else os.urandom(16).hex()
    own = [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in given.items()
        if name not in _REFUSED
    ]
    return {
        "type": "websocket",
        "path": connection["path"],
        "query_string": b"",
        "headers": own,
        "request_id": request_id,
        "hub.caller": connection["caller"],
    }
