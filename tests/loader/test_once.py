"""What is made of the catalog, while another catalog takes its place."""

from __future__ import annotations

from types import MappingProxyType

from hub.loader.boot import catalog, using
from hub.loader.catalog import Catalog
from hub.loader.once import hand_in, once


def test_it_is_made_once_for_each_catalog_and_is_there_again() -> None:
    made: list[Catalog] = []

    @once
    def labels() -> frozenset[str]:
        made.append(catalog())
        return frozenset(catalog().plugins)

    first = labels()
    assert labels() is first
    assert "greeter" in first
    nothing = Catalog(MappingProxyType({}))
    with using(nothing):
        assert catalog() is nothing
        assert labels() == labels() == frozenset()
    assert labels() is first
    assert made == [catalog(), nothing]


def test_a_value_can_be_handed_in_for_as_long_as_the_catalog_counts() -> None:
    @once
    def number() -> int:
        return 1

    assert number() == 1
    with using(Catalog(MappingProxyType({}))):
        hand_in(number, 2)
        assert number() == 2
    assert number() == 1
