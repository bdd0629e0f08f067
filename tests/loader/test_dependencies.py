"""Plugins load after those they require; one that misses something is refused, and says what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from hub.loader.dependencies import dependency_order
from hub.loader.manifests import Found
from hub.sdk import PluginConfig
from tests.loader.conftest import Shelf


def test_each_comes_after_what_it_requires(shelf: Shelf) -> None:
    shelf.plugin("a", requires=("b", "c>=1"))
    shelf.plugin("b", requires=("d",))
    shelf.plugin("c")
    shelf.plugin("d", requires=("c",))
    order = shelf.order()
    assert order == ["c", "d", "b", "a"]


def test_a_missing_one(shelf: Shelf) -> None:
    shelf.plugin("a", requires=("nobody>=2",))
    assert shelf.refusal("a").reason == (
        "it requires the plugin 'nobody>=2', which is not there or refused itself."
    )


def test_a_too_old_one_with_both_versions(shelf: Shelf) -> None:
    shelf.plugin("a", requires=("b>=1.5,<2",))
    shelf.plugin("b", version="1.4.2")
    assert shelf.refusal("a").reason == "it requires 'b<2,>=1.5', and b is version 1.4.2."
    assert shelf.order() == ["b"]


def test_prereleases_count_as_the_version_they_are(shelf: Shelf) -> None:
    shelf.plugin("a", requires=("b>=2.0a1",))
    shelf.plugin("b", version="2.0b1")
    assert shelf.order() == ["b", "a"]


def test_names_are_compared_as_packages_are(shelf: Shelf) -> None:
    shelf.plugin("stock_levels")
    shelf.plugin("shop", requires=("Stock-Levels>=1",))
    assert shelf.order() == ["stock_levels", "shop"]


def test_a_refusal_is_passed_on(shelf: Shelf) -> None:
    shelf.plugin("a", requires=("b",))
    shelf.plugin("b", requires=("c",))
    shelf.plugin("c", apps="1 / 0")
    shelf.plugin("d")
    refused = {refusal.label for refusal in shelf.discover().refused}
    assert (refused, shelf.order()) == ({"a", "b", "c"}, ["d"])


def test_a_cycle_is_named(shelf: Shelf) -> None:
    shelf.plugin("a", requires=("b",))
    shelf.plugin("b", requires=("c",))
    shelf.plugin("c", requires=("a",))
    shelf.plugin("d", requires=("a",))
    shelf.plugin("e")
    reason = shelf.refusal("a").reason
    assert reason.startswith("its requirements form a cycle: ")
    assert reason.endswith(("a → b → c → a.", "b → c → a → b.", "c → a → b → c."))
    assert "which is not there or refused itself" in shelf.refusal("d").reason
    assert shelf.order() == ["e"]


def test_one_that_requires_itself(shelf: Shelf) -> None:
    shelf.plugin("a", requires=("a",))
    assert "cycle: a → a" in shelf.refusal("a").reason


LABELS = "abcdef"


@given(st.dictionaries(st.sampled_from(LABELS), st.sets(st.sampled_from(LABELS))))
def test_any_graph_is_ordered_or_refused(graph: dict[str, set[str]]) -> None:
    found = {
        label: Found(
            label, label, "test", PluginConfig, tuple(Requirement(name) for name in sorted(needs))
        )
        for label, needs in graph.items()
    }
    ordered, refused = dependency_order(found)
    order = [entry.label for entry in ordered]
    assert sorted([*order, *(entry.label for entry in refused)]) == sorted(graph)
    for position, label in enumerate(order):
        assert graph[label] <= set(order[:position])
