from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from celery import shared_task, signals

from hub.client.calls import NoInstance
from hub.sdk import get_service

from .doubling import Doubled, Doubling


@signals.worker_init.connect(dispatch_uid="asking")
def warm_up(**_: Any) -> None:
    """The worker calls before it forks: its children inherit open connections, what is known of
    the registry, and threads that are not theirs."""
    print("The worker was told", double(5).number, double(6).number)


# A hub that is ready may not be announced yet, and what is announced is known a little later.
@shared_task(autoretry_for=(NoInstance,), retry_kwargs={"countdown": 0.2, "max_retries": 100})
def ask(folder: str, number: int) -> None:
    """Leaves the answer in ``folder``."""
    found = double(number)
    told = {"answer": found.number, "by": found.process, "process": os.getpid()}
    unfinished = Path(folder, f"{number}.part")
    unfinished.write_text(json.dumps(told))
    unfinished.replace(Path(folder, f"{number}.json"))


def double(number: int) -> Doubled:
    """By the plain method, whose connections are kept, and now and then by the async one."""
    service = get_service(Doubling)
    return service.double(number) if number % 5 else asyncio.run(service.adouble(number))
