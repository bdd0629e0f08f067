"""A recursive type, and services that give back what they get."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.sdk import Component, allow_all, component, implementation, post, service


@dataclass
class Node:
    id: int
    name: str
    weight: float
    active: bool
    tags: list[str]
    scores: list[float]
    children: list[Node] = field(default_factory=list)


@service(access=allow_all)
class Trees:
    @post("/tree")
    def tree(self, data: Node) -> Node:
        raise NotImplementedError


@service(access=allow_all)
class AsyncTrees:
    @post("/tree")
    async def tree(self, data: Node) -> Node:
        raise NotImplementedError


@service(access=allow_all)
class PlainTrees:
    @post("/tree")
    def tree(self, data: Node) -> Node:
        raise NotImplementedError


@implementation(Trees)
class Mirror(Trees):
    """Waits for nothing, so it needs no thread: as the peer runs all that is plain."""

    async def tree(self, data: Node) -> Node:  # type: ignore[override]
        return data


@implementation(PlainTrees)
class PlainMirror(PlainTrees):
    def tree(self, data: Node) -> Node:
        return data


@implementation(AsyncTrees)
class AsyncMirror(AsyncTrees):
    async def tree(self, data: Node) -> Node:
        return data


@component(services=[Trees, PlainTrees, AsyncTrees])
class Forest(Component):
    pass


def make_tree(depth: int = 3) -> Node:
    """15 nodes, 1.9 KB of JSON. The floats fit in 32 bits, which is what aspyx sends of them."""
    numbers = iter(range(1, 1 << depth + 1))

    def made(below: int) -> Node:
        number = next(numbers)
        children = [made(below - 1) for _ in range(2)] if below else []
        tags, scores = ["alpha", "beta", f"tag-{number}"], [0.5, 1.25, number + 0.75]
        name = f"node-{number:03d}"
        return Node(number, name, number / 4, number % 2 == 0, tags, scores, children)

    return made(depth)
