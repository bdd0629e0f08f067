"""A type that holds itself, for queries of any depth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Tree:
    value: int
    branches: list[Tree]


async def tree(levels: int = 3) -> Tree:
    return Tree(levels, [await tree(levels - 1)] * 2 if levels > 0 else [])
