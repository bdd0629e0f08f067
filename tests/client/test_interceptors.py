"""Code around calls: what it sees, what it changes, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from hub.client import Call
from hub.client.interceptors import interceptors_of
from hub.sdk import NotFound, interceptor
from tests.client.desk import Desk, Made, desk


@pytest.fixture(params=["plain", "async"])
def run(request: pytest.FixtureRequest) -> Callable[[Desk], Any]:
    if request.param == "plain":
        return lambda made: made.note("x")
    return lambda made: asyncio.run(made.write("x"))


def test_they_see_the_call_and_its_result(run: Callable[[Desk], Any]) -> None:
    seen: list[Any] = []

    def look(call: Call) -> Iterator[None]:
        seen.append((str(call.method), dict(call.arguments)))
        yield
        seen.append(call.result)

    assert run(desk(Made("good"), look)) == "good"
    assert seen[0][0] in {"desk.note", "desk.write"}
    assert list(seen[0][1].values()) == ["x"]
    assert seen[1:] == ["good"]


def test_they_change_arguments_headers_and_the_result(run: Callable[[Desk], Any]) -> None:
    def change(call: Call) -> Iterator[None]:
        for name in call.arguments:
            call.arguments[name] = "changed"
        call.headers["x-added"] = "1"
        yield
        call.result = [call.result]

    made = Made("good")
    assert run(desk(made, change)) == ["good"]
    arguments, headers = made.calls[0]
    assert list(arguments.values()) == ["changed"]
    assert headers["x-added"] == "1"


def test_the_first_is_the_outermost(run: Callable[[Desk], Any]) -> None:
    order: list[str] = []

    def named(name: str) -> Callable[[Call], Iterator[None]]:
        def around(call: Call) -> Iterator[None]:
            order.append(f"{name} before")
            yield
            order.append(f"{name} after")

        return around

    run(desk(Made(), named("a"), named("b")))
    assert order == ["a before", "b before", "b after", "a after"]


def test_what_the_call_raises_is_raised_at_the_yield(run: Callable[[Desk], Any]) -> None:
    def forgiving(call: Call) -> Iterator[None]:
        try:
            yield
        except NotFound as error:
            call.result = error.code

    def translating(call: Call) -> Iterator[None]:
        try:
            yield
        except NotFound as error:
            raise KeyError(error.code) from error

    assert run(desk(Made(NotFound("No.")), forgiving)) == "not_found"
    with pytest.raises(KeyError, match="not_found"):
        run(desk(Made(NotFound("No.")), translating))
    with pytest.raises(KeyError):
        run(desk(Made(NotFound("No.")), translating, untouched()))


def untouched() -> Callable[[Call], Iterator[None]]:
    def nothing(call: Call) -> Iterator[None]:
        yield

    return nothing


def test_one_that_refuses_keeps_the_call_from_being_made(run: Callable[[Desk], Any]) -> None:
    ended: list[str] = []

    def outer(call: Call) -> Iterator[None]:
        try:
            yield
        finally:
            ended.append("outer")

    def refusing(call: Call) -> Iterator[None]:
        raise PermissionError("not today")
        yield

    made = Made()
    with pytest.raises(PermissionError):
        run(desk(made, outer, refusing))
    assert (made.calls, ended) == ([], ["outer"])


def test_only_around_the_services_that_are_named(run: Callable[[Desk], Any]) -> None:
    seen: list[str] = []

    @interceptor(on="client", services=(Desk,))
    def ours(call: Call) -> Iterator[None]:
        seen.append("ours")
        yield

    @interceptor(on="client", services=("other",))
    def others(call: Call) -> Iterator[None]:
        seen.append("others")
        yield

    run(desk(Made(), ours, others))
    assert seen == ["ours"]


def test_what_is_no_interceptor_of_a_client() -> None:
    @interceptor(on="server")
    def server(call: Any) -> Iterator[None]:
        yield

    async def waiting(call: Any) -> AsyncIterator[None]:
        yield

    for each, reason in (
        (server, "of the server"),
        (waiting, "no interceptor"),
        (print, "no interceptor"),
    ):
        with pytest.raises(TypeError, match=reason):
            interceptors_of([each])
