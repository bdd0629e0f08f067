from __future__ import annotations

from typing import Annotated

from hub.sdk import Inject, Injected, action, allow_all, get

from .providers import Paper


@action(get(), access=allow_all)
def buy(paper: Injected[Paper], second: Annotated[Paper, Inject("async")]) -> list[str]:
    return [paper.buyer, paper.transport, second.buyer]
