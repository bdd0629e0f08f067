"""Each thing notes what happens to it in a file that the tests read."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.sdk import CallContext, Caller, provide


def note(text: str) -> None:
    with Path(os.environ["KIOSK_NOTES"]).open("a") as file:
        file.write(f"{text}\n")


class Press: ...


@provide()
class Ink:
    color = "black"


@dataclass
class Paper:
    press: Press
    buyer: str
    transport: str


@provide(scope="app")
async def press() -> AsyncIterator[Press]:
    note("press starts")
    yield Press()
    note("press stops")


@provide()
def paper(press: Press, caller: Caller, context: CallContext) -> Iterator[Paper]:
    yield Paper(press, caller.username or caller.kind, context.transport)
    note(f"paper of {caller.username or caller.kind} is read")


@provide(qualifier="async")
async def async_paper(press: Press) -> AsyncIterator[Paper]:
    yield Paper(press, "async", "")
    note("async paper is read")
