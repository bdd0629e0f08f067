"""The plugins' middleware around REST and GraphQL."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest

from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.operations import switches
from hub.sdk import Conflict, Ordered
from hub.web.asgi import Application, Receive, Scope, Send, send_json
from hub.web.lane.envelope import Envelope
from hub.web.lane.plugin_middleware import behind_middleware
from tests.lane.driver import Answer, Request, json_request


async def api(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/api/burn":
        raise RuntimeError("the lane burns")
    body = b"".join([(await receive())["body"]])
    await send_json(send, json.dumps({"seen": scope.get("seen", []), "size": len(body)}).encode())


async def graphql(scope: Scope, receive: Receive, send: Send) -> None:
    await send_json(send, b'"graphql"')


def noting(word: str) -> Callable[[Application], Application]:
    """Middleware that leaves its name on the way in and in the answer's headers."""

    def factory(app: Application) -> Application:
        async def note(scope: Scope, receive: Receive, send: Send) -> None:
            async def answer(message: Any) -> None:
                if message["type"] == "http.response.start":
                    headers = [*message["headers"], (b"x-way", word.encode())]
                    message = {**message, "headers": headers}
                await send(message)

            scope = {**scope, "seen": [*scope.get("seen", []), word]}
            await app(scope, receive, answer)

        return note

    return factory


def catalog(**entries: list[Ordered]) -> Catalog:
    return Catalog(
        MappingProxyType(
            {
                label: Plugin(
                    label=label,
                    package=label,
                    source="test",
                    contributions=tuple(
                        Contribution("middleware", f"{label}.{number}", "test", entry)
                        for number, entry in enumerate(found)
                    ),
                )
                for label, found in entries.items()
            }
        )
    )


def lane(found: Catalog) -> tuple[Envelope, Envelope]:
    one, two = behind_middleware(found, api=api, graphql=graphql)
    return Envelope(one), Envelope(two)


def raising(error: Exception) -> Ordered:
    def factory(app: Application) -> Application:
        async def burn(scope: Scope, receive: Receive, send: Send) -> None:
            raise error

        return burn

    return Ordered(factory)


@pytest.fixture(autouse=True)
def off(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Labels that are switched off: here a set takes the place of the registry."""
    labels: set[str] = set()
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset(labels))
    yield labels


def way(answer: Answer) -> list[str]:
    return [value.decode() for name, value in answer.headers if name == b"x-way"]


def test_without_any_the_applications_are_the_very_same() -> None:
    assert behind_middleware(catalog(shop=[]), api=api, graphql=graphql) == (api, graphql)


async def test_a_lower_order_stands_outside_whatever_plugin_it_is_of() -> None:
    found = catalog(
        first=[Ordered(noting("late"), 5), Ordered(noting("first"))],
        second=[Ordered(noting("early"), -5), Ordered(noting("second"))],
    )
    answer = await Request("/api/x").to(lane(found)[0])
    assert answer.json()["seen"] == ["early", "first", "second", "late"]
    assert way(answer) == ["late", "second", "first", "early"]


async def test_one_middleware_stands_before_rest_and_graphql() -> None:
    made: list[Application] = []

    def counting(app: Application) -> Application:
        made.append(app)
        return noting("both")(app)

    rest, query = lane(catalog(shop=[Ordered(counting)]))
    assert way(await Request("/api/x").to(rest)) == ["both"]
    answer = await Request("/graphql").to(query)
    assert (answer.json(), way(answer)) == ("graphql", ["both"])
    assert len(made) == 1


async def test_what_the_envelope_promises_holds_around_them(settings: Any) -> None:
    settings.HUB_MAX_BODY_BYTES = 10
    rest, _ = lane(catalog(shop=[Ordered(noting("a"))]))
    answer = await Request("/api/x", headers=[(b"x-request-id", b"r-1")]).to(rest)
    assert answer.header("x-request-id") == "r-1"
    assert answer.header("x-content-type-options") == "nosniff"
    assert (await json_request("/api/x", "a" * 20).to(rest)).status == 413
    assert (await Request("/api/x", host=b"evil.example").to(rest)).json()["code"] == "bad_host"


async def test_a_switched_off_plugin_is_passed_by_without_a_restart(off: set[str]) -> None:
    rest, _ = lane(catalog(one=[Ordered(noting("one"))], two=[Ordered(noting("two"))]))
    for label, seen in (("one", ["two"]), ("two", ["one"])):
        off.clear()
        off.add(label)
        switches.forget()
        assert (await Request("/api/x").to(rest)).json()["seen"] == seen
    off.clear()
    switches.forget()
    assert (await Request("/api/x").to(rest)).json()["seen"] == ["one", "two"]


async def test_one_that_raises_answers_500_and_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rest, _ = lane(catalog(out=[Ordered(noting("a"))], shop=[raising(LookupError("s3cret"))]))
    answer = await Request("/api/x", headers=[(b"x-request-id", b"r-2")]).to(rest)
    assert (answer.status, answer.json()["code"]) == (500, "internal_error")
    assert answer.header("content-type") == "application/problem+json"
    assert answer.header("x-request-id") == "r-2"
    assert b"s3cret" not in answer.body
    (record,) = caplog.records
    assert record.getMessage() == (
        "The middleware shop.0 of the plugin 'shop' failed on /api/x (request r-2)"
    )
    assert record.exc_info


async def test_what_burns_inside_is_not_the_middlewares_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rest, _ = lane(catalog(shop=[Ordered(noting("a"))]))
    answer = await Request("/api/burn").to(rest)
    assert (answer.status, answer.json()["code"]) == (500, "internal_error")
    told = [each.getMessage() for each in caplog.records if each.name.startswith("hub.web")]
    assert [message.split(" (")[0] for message in told] == ["/api/burn failed"]


async def test_one_may_refuse_with_an_error_of_the_hub(caplog: pytest.LogCaptureFixture) -> None:
    rest, _ = lane(catalog(shop=[raising(Conflict("Not now.", code="busy"))]))
    answer = await Request("/api/x").to(rest)
    assert (answer.status, answer.json()["code"], caplog.records) == (409, "busy", [])


async def test_one_that_says_nothing_is_told_and_answered_500(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def silent(app: Application) -> Application:
        async def nothing(scope: Scope, receive: Receive, send: Send) -> None: ...

        return nothing

    rest, _ = lane(catalog(shop=[Ordered(silent)]))
    answer = await Request("/api/x").to(rest)
    assert (answer.status, answer.json()["code"]) == (500, "internal_error")
    assert "a plugin's middleware returned without calling on" in caplog.text


async def test_one_that_can_not_be_made_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    def broken(app: Application) -> Application:
        raise OSError("no disk")

    rest, _ = lane(catalog(bad=[Ordered(broken)], good=[Ordered(noting("good"))]))
    assert (await Request("/api/x").to(rest)).json()["seen"] == ["good"]
    assert "The middleware bad.0 of the plugin 'bad' can't be made" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR
