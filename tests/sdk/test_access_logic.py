"""Rules combine by three-valued logic: denied, undecided until the arguments are there, let in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sdk import (
    Access,
    Caller,
    Denied,
    Forbidden,
    Unauthenticated,
    allow_all,
    authenticated,
    deny_all,
    requires_permission,
    requires_scope,
    requires_staff,
)
from hub.sdk.access import Undecided, refusal

Value = Literal["no", "yet", "yes"]
RANK: dict[Value, int] = {"no": 0, "yet": 1, "yes": 2}
ANYONE = Caller(kind="anonymous")


class Says(Access):
    """A rule that says ``value`` before the arguments are known and ``then`` afterwards."""

    def __init__(self, value: Value, then: Value = "yes") -> None:
        self.value = value
        self.then = then

    def decide(self, caller: Caller, arguments: Mapping[str, Any] | None) -> Any:
        said = self.value if arguments is None or self.value != "yet" else self.then
        return {"no": Denied(f"{id(self)}"), "yet": Undecided.YET, "yes": None}[said]


def verdict(access: Access, arguments: Mapping[str, Any] | None = None) -> Value:
    found = access.decide(ANYONE, arguments)
    return "no" if isinstance(found, Denied) else "yet" if found is Undecided.YET else "yes"


@pytest.mark.parametrize("left", RANK)
@pytest.mark.parametrize("right", RANK)
def test_the_table_of_two(left: Value, right: Value) -> None:
    both = (left, right)
    assert verdict(Says(left) & Says(right)) == min(both, key=RANK.__getitem__)
    assert verdict(Says(left) | Says(right)) == max(both, key=RANK.__getitem__)


LEAVES = st.builds(Says, st.sampled_from(list(RANK)), st.sampled_from(["no", "yes"]))
RULES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda a, b: a & b, inner, inner) | st.builds(lambda a, b: a | b, inner, inner)
    ),
    max_leaves=8,
)


@given(RULES)
def test_a_verdict_once_given_stands(rule: Access) -> None:
    before = verdict(rule)
    after = verdict(rule, {})
    assert after != "yet"
    assert before in ("yet", after)


@given(RULES, RULES)
def test_order_does_not_matter(one: Access, other: Access) -> None:
    for arguments in (None, {}):
        assert verdict(one & other, arguments) == verdict(other & one, arguments)
        assert verdict(one | other, arguments) == verdict(other | one, arguments)


@given(RULES)
def test_everyone_and_nobody_are_neutral(rule: Access) -> None:
    assert verdict(rule & allow_all) == verdict(rule | deny_all) == verdict(rule)
    assert verdict(rule & deny_all) == "no"
    assert verdict(rule | allow_all) == "yes"


def test_a_rule_of_ones_own_waits_for_the_arguments() -> None:
    class Mine(Access):
        def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
            return None if arguments.get("mine") else Denied("Not yours.")

    assert verdict(Mine()) == "yet"
    assert verdict(Mine(), {"mine": True}) == "yes"
    assert verdict(Mine(), {}) == "no"


def test_what_a_combination_needs() -> None:
    permission = requires_permission("shop.add_item")
    assert (authenticated & permission).needs_permissions
    assert not (authenticated | allow_all).needs_permissions
    assert (authenticated | Says("yes")).may_block
    assert not (authenticated & permission & requires_staff()).may_block


def test_rules_describe_themselves() -> None:
    rule = requires_staff() | (requires_scope("a") & requires_permission("b.c"))
    assert rule.describe() == "staff or (scope a and permission b.c)"
    assert (allow_all.describe(), deny_all.describe()) == ("everyone", "nobody")
    assert Says("yes").describe() == "Says"


@pytest.mark.parametrize("scope", ["", "two words", "tab\tbed"])
def test_a_scope_is_one_word(scope: str) -> None:
    with pytest.raises(ValueError, match="one word"):
        requires_scope(scope)


@pytest.mark.parametrize("permission", ["", "shop", ".add", "shop."])
def test_a_permission_has_an_app_and_a_name(permission: str) -> None:
    with pytest.raises(ValueError, match=r"app\.codename"):
        requires_permission(permission)


def test_a_rule_must_check_something() -> None:
    with pytest.raises(NotImplementedError, match="Access must define check"):
        Access().decide(ANYONE, {})


def test_a_refusal_is_401_for_a_stranger_and_403_for_others() -> None:
    denied = Denied("The scope 'a' is missing.", missing_scope="a")
    assert isinstance(refusal(denied, ANYONE), Unauthenticated)
    error = refusal(denied, Caller(kind="token", user_id=1))
    assert isinstance(error, Forbidden)
    assert error.detail == {"missing_scope": "a"}


def test_the_scope_star_stands_for_every_scope() -> None:
    assert Caller(kind="token", scopes=frozenset({"*"})).has_scope("anything")
    assert not Caller(kind="token", scopes=frozenset({"a"})).has_scope("b")


def test_a_superuser_has_every_permission() -> None:
    assert Caller(kind="session", is_superuser=True).has_permission("shop.add_item")
    assert not Caller(kind="session").has_permission("shop.add_item")
