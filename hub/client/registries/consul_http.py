"""Requests to a Consul, and what its answers mean."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from hub.client.calls import TimedOut
from hub.client.settings import ClientSettings
from hub.client.transport.heads import head_of
from hub.client.transport.messages import BadAnswer, Request
from hub.client.transport.transport import Transport
from hub.wire.codecs.limits import Limits
from hub.wire.errors import BadRequest, Forbidden, Unavailable

TIMEOUT: Final = 10.0  # seconds
_LARGEST: Final = 256 * 1024 * 1024  # bytes: of a service with very many instances
_JITTER: Final = 1 / 16  # Consul may answer a blocking query so much later
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is the body; errors of Consul are plain text."""

    status: int
    text: str
    told_index: str

    @property
    def index(self) -> int:
        """``X-Consul-Index``. Raises :class:`Unavailable` where it is missing: what answers is no
        Consul, or a proxy drops its headers."""
        if not self.told_index.isdecimal() or len(self.told_index) > 20:
            raise Unavailable("The answer has no X-Consul-Index: is this a Consul?")
        return int(self.told_index)

    def json(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise Unavailable("Consul's answer is no JSON.") from error

    def refuse_failure(self, what: str) -> None:
        """Raises :class:`Forbidden`, :class:`BadRequest` or :class:`Unavailable`."""
        if 200 <= self.status < 300:
            return
        message = f"{what}: {self.status} {self.text[:_SHOWN].strip()}"
        if self.status in {401, 403}:
            raise Forbidden(message, hint="Is the token right, and may it do this?")
        if 400 <= self.status < 500 and self.status != 429:
            raise BadRequest(message, code="refused_by_consul")
        raise Unavailable(message)


class ConsulHttp:
    """``url`` is the agent's, such as ``http://127.0.0.1:8500``; ``ca`` is the path of a PEM file.
    Raises :class:`ValueError` for what is none. Nothing is followed, no proxy of the environment
    counts."""

    def __init__(self, url: str, *, token: str | None, ca: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError(f"{url!r} is no address such as http://127.0.0.1:8500.")
        self._root = f"{url.rstrip('/')}/v1/"
        self._headers = {"x-consul-token": token} if token else {}
        self._transport = Transport(ClientSettings(ca=ca, answers=Limits(size=_LARGEST)))

    async def get(
        self, path: str, *, query: Mapping[str, str] | None = None, wait: float = 0.0
    ) -> Answer:
        return await self._send("GET", path, query or {}, b"", wait)

    async def put(
        self, path: str, *, query: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        return await self._send("PUT", path, query or {}, body, 0.0)

    async def aclose(self) -> None:
        self._transport.close()

    async def _send(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, wait: float
    ) -> Answer:
        typed = {"content-type": "application/json"} if method == "PUT" else {}
        request = Request(
            head=head_of(method, f"{self._root}{path}{'?' if query else ''}{urlencode(query)}"),
            headers={**self._headers, **typed},
            body=body,
            deadline=time.monotonic() + TIMEOUT + wait * (1 + _JITTER),
        )
        try:
            answer = await self._transport.asend(request)
        except (Unavailable, TimedOut, BadAnswer) as error:
            message = f"Consul can't be reached at {self._root}: {error.message}"
            raise Unavailable(message) from error
        text = answer.body.decode("utf-8", "replace")
        return Answer(answer.status, text, answer.headers.get("x-consul-index", ""))
