"""Opening connections: where to, and what becomes of it when it fails."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from pydantic_core import to_json
from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from hub.client.calls import NotSent
from hub.client.channels.faults import raised
from hub.client.methods import RemoteMethod
from hub.client.settings import ClientSettings
from hub.client.streaming.connection import Connection
from hub.client.transport.failures import too_slow_to_connect, unreachable
from hub.client.transport.messages import Answer
from hub.client.transport.places import Place, place_of
from hub.client.transport.tls import tls_of
from hub.wire.codecs.limits import STANDARD
from hub.wire.envelope_codecs import HEADER
from hub.wire.frames import FRAME_BYTES, FrameFormat

KEEPALIVE: Final = 20.0  # seconds between pings, and for their answers
_END: Final = "/stream"
_LARGEST: Final = 2 * FRAME_BYTES


async def opened(
    address: str,
    *,
    authorization: str,
    settings: ClientSettings,
    form: FrameFormat,
    method: RemoteMethod,
) -> Connection:
    """A connection to ``ws://host/rpc/stream``, also given as the base ``http://host/rpc``. Raises
    :class:`NotSent`, and :class:`hub.wire.errors.BadRequest` for what is no address."""
    place = place_of(_completed(address))
    how: dict[str, Any] = {
        "subprotocols": [Subprotocol(form.subprotocol)],
        "additional_headers": {"authorization": authorization} if authorization else None,
        "compression": None,
        "max_size": _LARGEST,
        "open_timeout": None,
        "ping_interval": KEEPALIVE,
        "ping_timeout": KEEPALIVE,
        "close_timeout": 1.0,
        "user_agent_header": None,
    }
    try:
        async with asyncio.timeout(settings.connect_timeout):
            socket = await _connected(place, settings, how)
    except TimeoutError:
        raise too_slow_to_connect(place.origin, settings.connect_timeout) from None
    except (OSError, EOFError) as error:
        raise unreachable(place.origin, error) from None
    except (InvalidHandshake, InvalidURI) as error:
        raise NotSent(f"{place.origin} opened no stream: {error}.") from None

    def refused(code: int, reason: str) -> Exception:
        return _refusal(method, code - 4000, reason)

    return Connection(socket, form, name=str(place.origin), refused=refused)


def _completed(address: str) -> str:
    base = address.rstrip("/")
    if base.startswith("ws"):
        base = f"http{base[2:]}"
    return base if base.endswith(_END) else f"{base}{_END}"


async def _connected(place: Place, settings: ClientSettings, how: dict[str, Any]) -> Any:
    origin = place.origin
    if origin.path:
        return await unix_connect(origin.path, uri=f"ws://localhost{place.target}", **how)
    if origin.is_secure:
        how["ssl"] = tls_of(settings)
    scheme = "wss" if origin.is_secure else "ws"
    uri = f"{scheme}://{place.authority}{place.target}"
    return await connect(uri, proxy=settings.proxy or None, **how)


def _refusal(method: RemoteMethod, status: int, reason: str) -> Exception:
    """What a close frame says (``<code>: <message>``), as an answer over HTTP would."""
    code, _, message = reason.partition(": ")
    body = to_json({"code": code, "message": message or reason, "status": status})
    headers = {HEADER: code, "content-type": "application/json"}
    if status == 401:
        headers["www-authenticate"] = 'Bearer error="invalid_token"'
    return raised(method, Answer(status=status, headers=headers, body=body), STANDARD)
