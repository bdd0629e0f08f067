"""The measured loop, the same for both sides: a program that is told by lines what to call.

``sync <name> <calls>`` and ``async <name> <calls> <at once>`` are answered with a JSON line
``{"p50": seconds, "rate": calls a second, "failed": calls that raised}``. Needs nothing but
Python.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Call = Callable[[], Any]
AsyncCall = Callable[[], Awaitable[Any]]


def obey(calls: Mapping[str, Call], acalls: Mapping[str, AsyncCall]) -> None:
    """Until standard input ends. All async calls run on one event loop."""
    asyncio.run(_obey(calls, acalls))


async def _obey(calls: Mapping[str, Call], acalls: Mapping[str, AsyncCall]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if not line:
            return
        kind, name, *numbers = line.split()
        if kind == "sync":
            found = await loop.run_in_executor(None, _timed, calls[name], int(numbers[0]))
        else:
            found = await _atimed(acalls[name], int(numbers[0]), int(numbers[1]))
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def _timed(call: Call, number: int) -> dict[str, float]:
    times = []
    began = time.perf_counter()
    for _ in range(number):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return {"p50": statistics.median(times), "rate": number / (time.perf_counter() - began)}


async def _atimed(call: AsyncCall, number: int, at_once: int) -> dict[str, float]:
    times: list[float] = []
    left, failed = number, 0

    async def caller() -> None:
        nonlocal left, failed
        while left > 0:
            left -= 1
            start = time.perf_counter()
            try:
                await call()
            except Exception:  # noqa: BLE001 - whatever it is, it was no answer
                failed += 1
            else:
                times.append(time.perf_counter() - start)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    rate = len(times) / (time.perf_counter() - began)
    return {"p50": statistics.median(times or [0.0]), "rate": rate, "failed": failed}
