"""Layers merge: tables deeply, everything else as a whole, and each value knows its origin."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.operations.configuration.layers import (
    DEFAULT,
    Layer,
    LayerOfValues,
    Origin,
    Path,
    merged,
)

KEYS = st.sampled_from(["a", "b", "c"])
PLAIN = st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
TABLES = st.recursive(
    st.dictionaries(KEYS, PLAIN, max_size=3),
    lambda inner: st.dictionaries(KEYS, st.one_of(PLAIN, inner), max_size=3),
    max_leaves=12,
)
KINDS = list(Layer)


def layer(values: dict[str, Any], kind: Layer) -> LayerOfValues:
    return LayerOfValues(values, lambda path: Origin(kind, ".".join(path)))


def said(values: Any, path: Path) -> Any:
    """What a layer says at ``path``: ``...`` for nothing."""
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return ...
        values = values[key]
    return values


def leaves(values: dict[str, Any], path: Path = ()) -> list[Path]:
    found: list[Path] = []
    for key, value in values.items():
        here = (*path, key)
        found += leaves(value, here) if isinstance(value, dict) and value else [here]
    return found


@given(st.lists(TABLES, min_size=1, max_size=len(KINDS)))
def test_each_value_is_what_its_origin_says(tables: list[dict[str, Any]]) -> None:
    together = merged(layer(values, kind) for values, kind in zip(tables, KINDS, strict=False))
    for path in leaves(together.values):
        origin = together.origin_of(path)
        assert said(tables[origin.layer], path) == said(together.values, path)
        assert origin.place == ".".join(path)


@given(st.lists(TABLES, min_size=1, max_size=len(KINDS)))
def test_nothing_above_the_origin_says_anything_else(tables: list[dict[str, Any]]) -> None:
    together = merged(layer(values, kind) for values, kind in zip(tables, KINDS, strict=False))
    for path in leaves(together.values):
        if said(together.values, path) == {}:
            continue
        above = tables[together.origin_of(path).layer + 1 :]
        assert all(said(values, path) is ... for values in above)


@given(TABLES)
def test_a_layer_over_itself_changes_nothing(values: dict[str, Any]) -> None:
    kinds = (Layer.HUB_FILE, Layer.ENVIRONMENT)
    assert merged(layer(values, kind) for kind in kinds).values == values


def test_a_table_is_as_strong_as_its_strongest_part() -> None:
    together = merged(
        [layer({"t": {"a": 1, "b": 1}}, Layer.ADMIN), layer({"t": {"a": 2}}, Layer.ENVIRONMENT)]
    )
    assert together.values == {"t": {"a": 2, "b": 1}}
    assert together.origin_of(("t",)).layer is Layer.ENVIRONMENT
    assert together.origin_of(("t", "b")).layer is Layer.ADMIN
    assert together.origin_of(("t", "b", "c")).layer is Layer.ADMIN
    assert together.origin_of(("nothing",)) is DEFAULT
