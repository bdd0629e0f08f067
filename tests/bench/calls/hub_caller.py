"""The hub's client, driven: ``python -m tests.bench.calls.hub_caller <url> <channel>…``.

``<channel>-asleep`` are the same sync calls by a client that sleeps until it is woken.
"""

from __future__ import annotations

import sys

from hub.client import ClientSettings, Hub
from tests.bench.calls.driver import obey
from tests.bench.calls.shelf.nodes.services import AsyncTrees, PlainTrees, Trees, make_tree

PLAIN = "plain"
ASLEEP = ClientSettings(awake=0)


def main(url: str, *channels: str) -> None:
    with (
        Hub.direct(url, mount="nodes") as hub,
        Hub.direct(url, mount="nodes", settings=ASLEEP) as asleep,
    ):
        tree = make_tree()
        sync = {each: hub.service(Trees, channel=each).tree for each in channels}
        parallel = {each: hub.service(AsyncTrees, channel=each).tree for each in channels}
        sync |= {f"{each}-asleep": asleep.service(Trees, channel=each).tree for each in channels}
        sync[PLAIN] = hub.service(PlainTrees, channel="dispatch-json").tree
        for name, call in sync.items():
            assert call(tree) == tree, name
        obey(
            {name: lambda call=call: call(tree) for name, call in sync.items()},  # type: ignore[misc]
            {name: lambda call=call: call(tree) for name, call in parallel.items()},  # type: ignore[misc]
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
