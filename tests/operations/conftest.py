"""Operations made from functions on the spot: :func:`compiled`, :func:`refusal` and ``called``."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.operations import observers, switches
from hub.operations.compiler import compile_operations
from hub.operations.observers import CallRecord
from hub.operations.operation import Operation, Operations
from hub.operations.pipeline import invoke
from hub.sdk import Access, Caller, action, allow_all
from hub.sdk.actions import declaration_of

ANONYMOUS = Caller(kind="anonymous")
USER = Caller(kind="token", user_id=1, username="ada", scopes=frozenset({"read"}))


def operations_of(*functions: Callable[..., Any], timeout: float = 10.0) -> Operations:
    """The operations of a plugin ``shop`` with these functions as its actions."""
    declarations = [
        declaration_of(function) or declaration_of(action(access=allow_all)(function))
        for function in functions
    ]
    contributions = tuple(
        Contribution("action", f"shop.{declaration.name}", "shop.actions", declaration)
        for declaration in declarations
        if declaration is not None
    )
    plugin = Plugin(
        label="shop", package="shop", source="test", mount="shop", contributions=contributions
    )
    catalog = Catalog(MappingProxyType({"shop": plugin}))
    return compile_operations(catalog, default_timeout=timeout)


def compiled(function: Callable[..., Any], *, timeout: float = 10.0) -> Operation:
    operations = operations_of(function, timeout=timeout)
    assert not operations.refused, operations.refused
    (operation,) = operations
    return operation


def refusal(function: Callable[..., Any]) -> str:
    """Why the action is refused."""
    operations = operations_of(function)
    assert not operations.by_name, "it was not refused"
    (refused,) = operations.refused
    return refused.reason


async def called(
    function: Callable[..., Any],
    arguments: Any = b"{}",
    *,
    caller: Caller = USER,
    timeout: float = 10.0,  # noqa: ASYNC109 - the pipeline's own
) -> Any:
    """The result of calling the function through the whole pipeline."""
    return await invoke(
        compiled(function, timeout=timeout),
        caller=caller,
        arguments=arguments,
        transport="test",
        request_id="r-1",
    )


def guarded(access: Access) -> Callable[..., Any]:
    """An action behind ``access`` that takes a number and answers it."""

    @action(access=access)
    async def numbered(number: int) -> int:
        return number

    return numbered


@pytest.fixture(autouse=True)
def switched_off(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Labels of plugins that are switched off: here a set takes the place of the registry."""
    off: set[str] = set()
    # Connecting a reader is how the layers above hand theirs in; this one is taken back.
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset(off))
    return off


@pytest.fixture(autouse=True)
def _no_database(no_stored_settings: None) -> None:
    """These tests need none."""


@pytest.fixture(autouse=True)
def records(monkeypatch: pytest.MonkeyPatch) -> list[CallRecord]:
    """What observers are told during the test."""
    seen: list[CallRecord] = []
    monkeypatch.setattr(observers, "_observers", (seen.append,))
    return seen
