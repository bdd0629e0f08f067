"""Types that need no document on their way, and what others may send of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hub.wire.arguments import ArgumentTypes, arguments_adapter
from hub.wire.protobuf.direct.natively import is_built
from hub.wire.schemas import adapter_for

NOT_BUILT = pytest.mark.skipif(not is_built(), reason="It was not built: there is no C compiler.")


@dataclass
class Leaf:
    id: int
    name: str
    weight: float = 1.5
    done: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tree:
    label: str | None
    size: int = 3
    children: list[Tree] = field(default_factory=list)
    leaf: Leaf | None = field(default=None, kw_only=True)


ARGUMENTS, _ = arguments_adapter(
    "CallArguments",
    ArgumentTypes(
        fields={
            "tree": Tree,
            "times": int,
            "names": list[str],
            "note": str | None,
            "deep": int,
        },
        defaults={"note": None, "deep": 2},
        hidden={},
    ),
)
TYPES: dict[str, tuple[TypeAdapter[Any], bool]] = {
    "int": (adapter_for(int), False),
    "maybe": (adapter_for(str | None), False),
    "floats": (adapter_for(list[float]), False),
    "leaf": (adapter_for(Leaf), False),
    "leaves": (adapter_for(list[Leaf]), False),
    "tree": (adapter_for(Tree), False),
    "arguments": (ARGUMENTS, True),
}


members = {
    "id": st.integers(-5, 2**40),
    "name": st.text(max_size=3),
    "weight": st.floats() | st.just(0.0),
    "done": st.booleans(),
    "notes": st.lists(st.text(max_size=2), max_size=2),
}
leaves = st.fixed_dictionaries({}, optional=members)
trees = st.recursive(
    st.fixed_dictionaries(
        {}, optional={"label": st.text(max_size=2), "leaf": leaves, "size": st.integers(0, 3)}
    ),
    lambda inner: st.fixed_dictionaries(
        {}, optional={"label": st.just(""), "children": st.lists(inner, max_size=3)}
    ),
    max_leaves=5,
)
# What others may send: any of the fields, with values of their kinds.
SENT: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "maybe": st.none() | st.text(),
    "floats": st.lists(st.floats(), max_size=4),
    "leaf": leaves,
    "leaves": st.lists(leaves, max_size=3),
    "tree": trees,
    "arguments": st.fixed_dictionaries(
        {},
        optional={
            "tree": trees,
            "times": st.integers(0, 2),
            "names": st.lists(st.text(), max_size=2),
            "note": st.text(max_size=2),
            "deep": st.integers(0, 2),
        },
    ),
}
