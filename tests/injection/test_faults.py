"""Faults of the graph: each is a sentence with the path to it."""

from __future__ import annotations

import pytest

from hub.loader.injection.graph import Graph
from hub.sdk import Caller, InjectionError, provide
from tests.injection.conftest import graph, provisions


class A: ...


class B:
    def __init__(self, a: A) -> None: ...


class C:
    def __init__(self, b: B) -> None: ...


def fault(found: Graph, wanted: type, plugin: str = "shop") -> str:
    from hub.loader.injection.provisions import Need

    with pytest.raises(InjectionError) as caught:
        found.order([Need("it", wanted)], plugin, ["act"])
    return str(caught.value)


def test_what_is_missing_is_named_with_the_path() -> None:
    expected = "act → C → B → A is not provided: no provider makes it."
    assert fault(graph(B, C), C) == expected


def test_a_cycle_is_named_with_the_path() -> None:
    def a(c: C) -> A:
        return A()

    assert fault(graph(a, B, C), C) == "act → C → B → A → C is a cycle."


def test_two_that_fit_are_ambiguous() -> None:
    def other() -> A:
        return A()

    told = fault(graph(A, other, B), B)
    assert told.startswith("act → B → A is ambiguous: it is provided by shop.providers.A and by ")
    assert told.endswith("other; tell them apart by qualifier=.")


def test_the_process_can_not_hold_a_call_s_thing() -> None:
    @provide(scope="app")
    def b(a: A) -> B:
        return B(a)

    told = fault(graph(A, b), B)
    assert told.startswith("act → B → A is wrongly scoped: what is made once a process")


def test_the_process_can_not_hold_a_caller() -> None:
    @provide(scope="app")
    def a(caller: Caller) -> A:
        return A()

    assert fault(graph(a), A).startswith("act → A → Caller is wrongly scoped")


def test_providers_of_a_plugin_that_is_not_required_are_not_seen() -> None:
    apart = Graph({"base": provisions(A, plugin="base"), "shop": provisions(B)}, {})
    expected = "act → B → A is not provided: the plugin 'base' provides it; "
    assert fault(apart, B).startswith(expected)
    joined = Graph(
        {"base": provisions(A, plugin="base"), "shop": provisions(B)}, {"shop": ["base"]}
    )
    assert len(joined.order_of(next(joined_of(joined, B)))) == 2


def test_plugins_that_know_nothing_of_each_other_may_provide_the_same_type() -> None:
    both = Graph({"base": provisions(A, plugin="base"), "shop": provisions(A, B)}, {})
    assert [each.plugin for each in both.order_of(next(joined_of(both, B)))] == ["shop", "shop"]
    assert fault(both, A, plugin="").startswith("act → A is ambiguous")


def joined_of(found: Graph, kind: type):  # type: ignore[no-untyped-def]
    return (each for each in found if each.provides is kind)
