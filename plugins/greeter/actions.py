from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from hub.sdk import (
    Caller,
    Example,
    Injected,
    action,
    allow_all,
    every,
    get,
    page,
    requires_scope,
    ttl,
)
from plugins.greeter.config import Settings
from plugins.greeter.providers import Clock


@action(
    get(),
    page("/hello/{name}"),
    every(hours=1, arguments={"name": "World"}),
    access=allow_all,
    examples=[Example("developer", {"name": "Developer"}, result="Hello Developer!")],
)
async def say_hello(name: Annotated[str, Field(max_length=100)]) -> str:
    """Greet someone by name."""
    settings = Settings.current()
    return f"{settings.greeting} {name}{settings.mark}"


@action(get(), access=requires_scope("root"))
async def only_for_root() -> str:
    """Answer those who hold the scope root."""
    return "You are root."


@dataclass(frozen=True)
class Who:
    username: str
    kind: str
    scopes: list[str]


@action(get())
def who_am_i(caller: Caller) -> Who:
    """Tell the caller who the hub takes it for."""
    return Who(caller.username, caller.kind, sorted(caller.scopes))


@dataclass(frozen=True)
class NumberStats:
    value: int
    even: bool
    digits: int

    @action(access=allow_all)
    async def factorial(self, limit: Annotated[int, Field(ge=0, le=1000)] = 20) -> int | None:
        """The factorial, unless the number is negative or above the limit: a nested action."""
        return math.factorial(self.value) if 0 <= self.value <= limit else None


@action(
    get(),
    get("/numbers/{value}"),
    access=allow_all,
    examples=[Example("answer", {"value": 42}, result=NumberStats(42, even=True, digits=2))],
)
def number_stats(value: Annotated[int, Field(ge=-(10**18), le=10**18)]) -> NumberStats:
    """Tell a few things about a whole number."""
    return NumberStats(value, even=value % 2 == 0, digits=len(str(abs(value))))


@action(get(), access=allow_all, cache=ttl(30))
def slow_now(clock: Injected[Clock]) -> datetime:
    """Tell the time after half a second of thought, and remember it for 30 seconds."""
    time.sleep(0.5)
    return clock.now()
