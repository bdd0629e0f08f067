"""buvar's figures, by its own interpreter. Its log of each injection is off."""

from __future__ import annotations

import asyncio
import json
import logging
import sys

import structlog
from buvar import context, di

from tests.bench.injection_programs.timing import CHAIN, Five, check, nanoseconds_of, rate_of

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


async def main() -> None:
    adapters = di.Adapters()
    adapters.register(*CHAIN)
    check(await adapters.nject(Five))

    async def chain() -> None:
        await adapters.nject(Five)

    chains = await rate_of(chain)
    context.add(Five())
    figures = {"chain": chains, "context_get": nanoseconds_of(context.get, Five)}
    sys.stdout.write(json.dumps(figures))


asyncio.run(main())
