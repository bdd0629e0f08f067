"""What surrounds a call: threads, injected values, switches, observers."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated

import pytest

from hub.operations import observers
from hub.operations.observers import CallRecord
from hub.operations.pipeline import invoke_sync
from hub.sdk import CallContext, Caller, Conflict, Example, HubError, Unavailable, action, get, post
from tests.operations.conftest import USER, called, compiled, guarded, operations_of


async def test_sync_actions_run_in_a_thread_and_async_ones_on_the_loop() -> None:
    def plain() -> str:
        return threading.current_thread().name

    async def on_the_loop() -> str:
        return threading.current_thread().name

    assert await called(plain) != threading.current_thread().name
    assert await called(on_the_loop) == threading.current_thread().name


def test_sync_code_calls_without_a_loop() -> None:
    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    result = invoke_sync(compiled(double), caller=USER, arguments={"number": 4}, transport="test")
    assert result == 8


async def test_caller_and_context_are_injected_and_hidden() -> None:
    def whoami(
        caller: Caller,
        number: int,
        context: CallContext,
        again: Caller | None = None,
        more: Annotated[Caller, "who"] = USER,
    ) -> str:
        assert caller == again == more == context.caller
        return f"{caller.username} {number} {context.operation} {context.transport}"

    operation = compiled(whoami)
    assert list(operation.input.parameters) == ["number"]
    assert list(operation.input.json_schema["properties"]) == ["number"]
    assert await called(whoami, {"number": 1}) == "ada 1 shop.whoami test"


@pytest.mark.parametrize("name", ["caller", "context"])
async def test_an_injected_parameter_can_not_be_given(name: str) -> None:
    def whoami(caller: Caller, context: CallContext) -> str:
        return caller.username

    with pytest.raises(HubError) as caught:
        await called(whoami, {name: {"kind": "system", "is_superuser": True}})
    assert caught.value.detail["errors"][0]["code"] == "unknown_field"


async def test_a_plugin_that_is_switched_off_answers_nothing(switched_off: set[str]) -> None:
    switched_off.add("shop")
    with pytest.raises(Unavailable) as caught:
        await called(guarded(action.__kwdefaults__["access"]), b"{broken")
    assert (caught.value.status, caught.value.code) == (503, "plugin_off")


async def test_observers_get_one_record_of_every_call(records: list[CallRecord]) -> None:
    async def sometimes(number: int) -> int:
        if number == 2:
            raise Conflict("Twice.")
        return 10 // number

    for arguments in ({"number": 1}, {"number": 2}, {"number": 0}, {"number": "x"}):
        try:
            await called(sometimes, arguments)
        except HubError:
            continue
    assert [(record.code, record.status) for record in records] == [
        ("ok", 200),
        ("conflict", 409),
        ("internal_error", 500),
        ("invalid_input", 422),
    ]
    assert {(record.operation, record.plugin, record.transport) for record in records} == {
        ("shop.sometimes", "shop", "test")
    }
    assert all(record.seconds >= 0 for record in records)


async def test_a_failing_observer_harms_nothing(
    records: list[CallRecord], caplog: pytest.LogCaptureFixture
) -> None:
    def fails(record: CallRecord) -> None:
        raise RuntimeError("the observer's")

    async def plain() -> int:
        return 1

    (behind,) = observers._observers
    observers._observers = ()
    for observer in (fails, fails, behind):
        observers.observe(observer)
    assert len(observers._observers) == 2
    assert await called(plain) == 1
    assert len(records) == 1
    assert "the observer's" in caplog.text


def test_an_operation_says_of_itself_what_its_declaration_says() -> None:
    example = Example("two", {"number": 2}, result=4)

    @action(get(), post("/numbers/{number}"), examples=[example], timeout=2)
    def double_it(number: int) -> int:
        """Double a number.

        However large it is.
        """
        return 2 * number

    operation = compiled(double_it)
    assert operation.name == "shop.double_it"
    assert operation.summary == "Double a number."
    assert operation.description == "Double a number.\n\nHowever large it is."
    assert operation.examples == (example,)
    assert [(route.method, route.path, route.parameters) for route in operation.routes] == [
        ("GET", "/api/shop/double-it", ()),
        ("POST", "/api/shop/numbers/{number}", ("number",)),
    ]


def test_operations_are_found_by_plugin() -> None:
    def one() -> None: ...

    operations = operations_of(one)
    assert [operation.name for operation in operations.of("shop")] == ["shop.one"]
    assert list(operations.of("other")) == []
