"""A small interface, for tests that need no hub: its server is a :class:`tests.client.wires.Wire`,
or nothing at all."""

from __future__ import annotations

from typing import Any

from hub.client import Call
from hub.client.interceptors import interceptors_of
from hub.client.invoking import Invoking
from hub.client.proxies import proxy
from hub.client.tokens import Token, Tokens
from hub.sdk import get, post, service


@service
class Desk:
    @get("/notes/{name}")
    def note(self, name: str, words: int = 0) -> Any: ...

    @post()
    async def write(self, text: str) -> str: ...


class Made:
    """In place of the making of calls: keeps each call, and answers or raises what it is told."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[dict[str, Any], dict[str, str]]] = []

    def call(self, call: Call) -> Any:
        self.calls.append((dict(call.arguments), dict(call.headers)))
        answer = self.answers.pop(0) if self.answers else "done"
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def acall(self, call: Call) -> Any:
        return self.call(call)

    def iterate(self, call: Call) -> Any:
        yield from self.call(call)

    async def aiterate(self, call: Call) -> Any:
        for each in self.call(call):
            yield each


def desk(made: Made, *interceptors: Any, token: Token | None = None) -> Desk:
    return proxy(
        Desk,
        Invoking(calling=made, interceptors=interceptors_of(interceptors), tokens=Tokens(token)),
    )
