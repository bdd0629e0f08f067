from __future__ import annotations

from typing import Annotated

from hub.sdk import Inject, Injected, on_signal, signals

from .providers import Paper, Press, note


@on_signal(signals.hub_started)
def plainly(event: signals.HubStarted, paper: Injected[Paper], press: Injected[Press]) -> None:
    note(f"a {type(press).__name__} hears of {type(event).__name__} by {paper.buyer}")


@on_signal(signals.hub_started)
async def waiting(event: signals.HubStarted, paper: Annotated[Paper, Inject("async")]) -> None:
    note(f"{paper.buyer} hears of {type(event).__name__}")
