"""Drives an ASGI application as a server would: one request, every message seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.web.asgi import Application

Header = tuple[bytes, bytes]


@dataclass
class Answer:
    status: int = 0
    headers: list[Header] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    finished: bool = False
    scope: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key.lower() == name.lower().encode()]
        assert len(values) <= 1, f"{name} is there {len(values)} times"
        return values[0].decode("latin-1") if values else None


class Request:
    """``parts`` are the body's messages; with ``leave`` set, the client disconnects then."""

    def __init__(
        self,
        path: str,
        *,
        method: str = "GET",
        query: bytes = b"",
        headers: Sequence[Header] = (),
        parts: Sequence[bytes] = (b"",),
        host: bytes = b"localhost",
        scheme: str = "http",
        root_path: str = "",
    ) -> None:
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": scheme,
            "path": path,
            "raw_path": path.encode(),
            "root_path": root_path,
            "query_string": query,
            "headers": [*([(b"host", host)] if host else []), *headers],
            "client": ("127.0.0.1", 5000),
            "server": ("127.0.0.1", 8000),
        }
        self.answer = Answer(scope=self.scope)
        self.leave = asyncio.Event()
        self.received = 0
        self._parts = list(parts)

    async def receive(self) -> dict[str, Any]:
        if self._parts:
            part = self._parts.pop(0)
            self.received += len(part)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts)}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            assert self.answer.status == 0, "an answer was begun twice"
            self.answer.status = message["status"]
            self.answer.headers = list(message["headers"])
        else:
            assert self.answer.status, "a body came before its header"
            assert not self.answer.finished, "a body went on after its end"
            self.answer.chunks.append(message.get("body", b""))
            self.answer.finished = not message.get("more_body", False)
        await asyncio.sleep(0)

    async def to(self, application: Application) -> Answer:
        # A task of its own, as every server gives a request.
        await asyncio.create_task(_as_coroutine(application(self.scope, self.receive, self.send)))
        return self.answer


async def _as_coroutine(awaitable: Any) -> None:
    await awaitable


def json_request(path: str, value: Any, *, method: str = "POST") -> Request:
    body = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return Request(path, method=method, headers=headers, parts=[body])


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - it knows no events
            await asyncio.sleep(0.002)
