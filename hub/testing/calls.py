"""Calling operations from tests, through the whole pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asgiref.sync import async_to_sync

from hub.operations.engine import engine
from hub.operations.operation import Operation
from hub.operations.pipeline import invoke
from hub.sdk.actions import MISSING
from hub.sdk.callers import EVERY_SCOPE, Caller
from hub.testing.identities import Identity

SUPERUSER = Caller(
    kind="system",
    username="test",
    scopes=frozenset({EVERY_SCOPE}),
    is_staff=True,
    is_superuser=True,
)


def call(operation: str, /, *, as_caller: Caller | Identity = SUPERUSER, **arguments: Any) -> Any:
    """The operation's result. Raises :class:`hub.sdk.HubError` as a caller would see it."""
    return async_to_sync(invoked)(operation, as_caller, arguments)


async def acall(
    operation: str, /, *, as_caller: Caller | Identity = SUPERUSER, **arguments: Any
) -> Any:
    """The same for async tests."""
    return await invoked(operation, as_caller, arguments)


async def invoked(operation: str, caller: Caller | Identity, arguments: Mapping[str, Any]) -> Any:
    """One call, on the event loop that is running."""
    return await invoke(
        engine().operation(operation),
        caller=caller.caller if isinstance(caller, Identity) else caller,
        arguments=arguments,
        transport="test",
    )


def check_examples(plugin: str) -> int:
    """Call every example with a result of the plugin's operations; returns how many.

    Raises :class:`AssertionError` naming the operation, the example and both results, or where
    the plugin has no operation at all. :func:`hub.testing.example_tests` makes a test of each,
    on every transport.
    """
    operations = list(engine().operations.of(plugin))
    assert operations, f"The plugin '{plugin}' has no operations."
    checked = 0
    for operation in operations:
        for example in operation.examples:
            if example.result is not MISSING:
                value = call(operation.name, **example.parameters)
                agree(operation, example.name, value, example.result)
                checked += 1
    return checked


def agree(operation: Operation, example: str, value: Any, result: Any) -> None:
    """Compare two results in the form they have for callers. Raises :class:`AssertionError`."""
    got, wanted = (operation.output.to_python(each) for each in (value, result))
    assert got == wanted, f"{operation.name}, '{example}': {got!r}, not {wanted!r}"
