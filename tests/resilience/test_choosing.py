"""Each way to choose an address keeps what it promises, whatever becomes of the list."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.client.choosing.chooser import Strategy
from hub.client.choosing.named import STRATEGIES, strategy
from hub.client.choosing.sticky import sticky
from hub.client.discovery.snapshot import Endpoint
from tests.resilience.conftest import call_of, endpoint, endpoints


def idle(_: Endpoint) -> int:
    return 0


def chosen(made: Strategy, count: int, *lists: tuple[Endpoint, ...]) -> Counter[str]:
    chooser, call = made(), call_of()
    return Counter(
        chooser.choose(each, call, idle).instance for each in lists for _ in range(count)
    )


def test_round_robin_gives_each_the_same_and_begins_anywhere() -> None:
    assert set(chosen(strategy("round_robin"), 30, endpoints(3)).values()) == {10}
    firsts = {
        strategy("round_robin")().choose(endpoints(10), call_of(), idle).instance for _ in range(80)
    }
    assert len(firsts) > 1


def test_first_is_the_same_in_every_process_whatever_the_order() -> None:
    three = endpoints(3)
    assert chosen(strategy("first"), 5, three, three[::-1]) == {"i0": 10}


def test_weights_are_kept_and_spread() -> None:
    weights = {"a": 5, "b": 1, "c": 1, "d": 0}
    pool = tuple(endpoint(name, weight=weight) for name, weight in weights.items())
    chooser, call = strategy("weighted")(), call_of()
    turns = [chooser.choose(pool, call, idle).instance for _ in range(70)]
    assert Counter(turns) == {"a": 50, "b": 10, "c": 10}
    assert "aaaaaa" not in "".join(turns)


def test_least_of_two_takes_the_less_busy_one() -> None:
    busy = {"i0": 9, "i1": 0}
    chooser, call = strategy("")(), call_of()
    pool = endpoints(2)
    assert {
        chooser.choose(pool, call, lambda each: busy[each.instance]).instance for _ in range(50)
    } == {"i1"}


def test_least_of_two_draws_by_weight() -> None:
    pool = (endpoint("heavy", weight=900), endpoint("light", weight=100))
    turns = chosen(strategy("least_of_two"), 2000, pool)
    assert 0 < turns["light"] < 100 + 200, "both draws must fall on it, or nearly so"
    nothing = (endpoint("on", weight=1), endpoint("off", weight=0))
    assert chosen(strategy("least_of_two"), 200, nothing) == {"on": 200}


def test_a_heavier_one_may_have_more_under_way() -> None:
    pool = (endpoint("heavy", weight=300), endpoint("light", weight=100))
    under_way = {"heavy": 2, "light": 1}
    chooser, call = strategy("least_of_two")(), call_of()
    turns = Counter(
        chooser.choose(pool, call, lambda each: under_way[each.instance]).instance
        for _ in range(400)
    )
    assert turns["heavy"] > turns["light"]


def test_the_same_key_stays_and_only_the_keys_of_who_left_move() -> None:
    chooser, five = sticky("sku")(), endpoints(5)
    keys = [f"sku-{each}" for each in range(500)]

    def homes(pool: tuple[Endpoint, ...]) -> dict[str, str]:
        return {key: chooser.choose(pool, call_of(sku=key), idle).instance for key in keys}

    before = homes(five)
    assert homes(five[::-1]) == before
    after = homes(tuple(each for each in five if each.instance != "i2"))
    assert all(after[key] == home for key, home in before.items() if home != "i2")
    assert min(Counter(before.values()).values()) > 50
    assert len(set(after.values())) == 4


def test_keys_are_shared_by_weight_and_survive_a_move() -> None:
    chooser = strategy("sticky:sku")()
    pool = (endpoint("heavy", weight=300), endpoint("light", weight=100))
    keys = [str(each) for each in range(1000)]
    homes = Counter(chooser.choose(pool, call_of(sku=key), idle).instance for key in keys)
    assert 650 < homes["heavy"] < 850
    moved = tuple(endpoint(each.instance, weight=each.weight, url="http://new") for each in pool)
    assert all(
        chooser.choose(pool, call_of(sku=key), idle).instance
        == chooser.choose(moved, call_of(sku=key), idle).instance
        for key in keys
    )


def test_a_key_may_be_worked_out_of_the_call() -> None:
    chooser = strategy(sticky(lambda call: call.arguments["sku"][0]))()
    pool = endpoints(7)
    assert chooser.choose(pool, call_of(sku="A1"), idle) == chooser.choose(
        pool, call_of(sku="A2"), idle
    )


def test_an_unknown_name_tells_those_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"'fastest' is no way .* least_of_two, round_robin"
    ) as one:
        strategy("fastest")
    assert "sticky:<argument>" in str(one.value)
    with pytest.raises(ValueError, match="sticky:"):
        strategy("sticky:")


POOLS = st.lists(
    st.builds(
        lambda number, weight: endpoint(f"i{number}", weight=weight),
        st.integers(0, 12),
        st.integers(0, 1000),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each.key,
)


@given(st.sampled_from([*STRATEGIES, "sticky:sku"]), st.lists(POOLS, min_size=1, max_size=12))
def test_lists_may_grow_and_shrink_at_any_time(name: str, pools: list[list[Endpoint]]) -> None:
    chooser, call = strategy(name)(), call_of()
    for pool in pools:
        each = tuple(pool)
        assert chooser.choose(each, call, idle) in each
