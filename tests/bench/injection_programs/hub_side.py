"""The hub's figures: the same chain, the context, and what an action pays that asks for a thing."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from types import MappingProxyType

import django

from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.loader.injection.provisions import provision_of
from hub.operations import switches
from hub.operations.compiler import compile_operations
from hub.operations.container.container import container_of
from hub.operations.pipeline import invoke
from hub.sdk import Caller, Injected, action, allow_all, context, provided
from hub.sdk.actions import declaration_of
from tests.bench.injection_programs.timing import (
    CHAIN,
    Five,
    One,
    check,
    nanoseconds_of,
    rate_of,
)

ANYONE = Caller(kind="anonymous")


class Clock: ...


@action(access=allow_all)
async def plain(name: str) -> str:
    return name


@action(access=allow_all)
async def app(name: str, clock: Injected[Clock]) -> str:
    return name


@action(access=allow_all)
async def one_call(name: str, one: Injected[One]) -> str:
    return name


def catalog() -> Catalog:
    declared = [provided(Clock, scope="app"), *(provided(each) for each in CHAIN)]
    provisions = [provision_of(each, plugin="bench", module="bench") for each in declared]
    contributions = [Contribution("provider", str(n), "bench", p) for n, p in enumerate(provisions)]
    contributions += [
        Contribution("action", f"bench.{each.__name__}", "bench", declaration_of(each))
        for each in (plain, app, one_call)
    ]
    plugin = Plugin(
        label="bench", package="bench", source="", mount="b", contributions=tuple(contributions)
    )
    return Catalog(MappingProxyType({"bench": plugin}))


async def main() -> None:
    switches.connect(lambda previous: frozenset())
    found = catalog()
    container = container_of(found)
    operations = compile_operations(found, default_timeout=30.0, container=container)
    container.things.live_on(asyncio.get_running_loop())
    check(await container.aget(Five))

    async def chain() -> None:
        await container.aget(Five)

    async def use(top: Five, name: str) -> str:
        return name

    async def call() -> None:
        await container.acall(use, name="x")

    figures = {"chain": await rate_of(chain), "call": await rate_of(call)}
    context.add(Five())
    figures["context_get"] = nanoseconds_of(context.get, Five)
    for operation in operations:

        async def run(operation: object = operation) -> None:
            answer = await invoke(
                operation,  # type: ignore[arg-type]
                caller=ANYONE,
                arguments=b'{"name":"x"}',
                transport="bench",
            )
            if answer != "x":
                raise SystemExit(answer)

        figures[operation.name.partition(".")[2]] = await rate_of(run)
    sys.stdout.write(json.dumps(figures))


django.setup()
logging.disable(logging.WARNING)  # there are no tables for statistics here
asyncio.run(main())
