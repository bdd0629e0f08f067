"""What each operator says of an attribute."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.flags.conditions import holds
from plugins.flags.operators import OPERATORS, moment_of
from plugins.flags.semver import parse_version
from plugins.flags.tests.flagmaking import NOW, condition, rule

HUGE = 10**4000


@pytest.mark.parametrize(
    ("operator", "values", "actual", "expected"),
    [
        ("equals", ["DE"], "DE", True),
        ("equals", ["DE"], "de", False),
        ("equals", ["42"], 42, True),
        ("equals", ["1"], 1.0, True),
        ("equals", ["true"], True, True),
        ("equals", ["1"], True, False),
        ("equals", ["DE"], None, False),
        ("equals", ["b"], ["a", "b"], True),
        ("equals", ["{}"], {}, False),
        ("equals", ["1"], HUGE, False),
        ("not_equals", ["DE"], "AT", True),
        ("not_equals", ["DE"], "DE", False),
        ("not_equals", ["DE"], None, True),
        ("in", ["DE", "AT"], "AT", True),
        ("in", ["DE", "AT"], "CH", False),
        ("not_in", ["DE", "AT"], "CH", True),
        ("contains", ["example"], "me@example.com", True),
        ("contains", ["admin"], ["admin", "x"], True),
        ("contains", ["adm"], ["admin", "x"], False),
        ("starts_with", ["me@"], "me@example.com", True),
        ("ends_with", [".org", ".com"], "me@example.com", True),
        ("ends_with", [".com"], 5, False),
        ("greater", ["5"], 6, True),
        ("greater", ["5"], "6.5", True),
        ("greater", ["5"], 5, False),
        ("greater", ["5"], HUGE, True),
        ("greater", ["5"], True, False),
        ("greater", ["5"], "many", False),
        ("greater", ["5"], "1" * 5000, False),
        ("greater_or_equal", ["5"], 5, True),
        ("less", ["-1.5"], -2, True),
        ("less_or_equal", ["5"], 5.0, True),
        ("semver_equals", ["2.1.0"], "v2.1", True),
        ("semver_greater", ["2.1.0"], "2.10.0", True),
        ("semver_greater", ["2.1.0"], "2.1.0-rc.1", False),
        ("semver_greater_or_equal", ["2.1.0"], "2.1.0+build", True),
        ("semver_less", ["1.0.0"], "1.0.0-alpha", True),
        ("semver_less_or_equal", ["1.0.0"], "one", False),
        ("semver_less", ["1.0.0"], 0, False),
        ("before", ["2030-01-01"], "2029-12-31T23:59:59Z", True),
        ("before", ["2030-01-01T00:00:00+02:00"], "2029-12-31T22:30:00Z", False),
        ("after", ["2030-01-01"], 1_893_456_001, True),
        ("after", ["2030-01-01"], 1_893_456_001_000, True),
        ("after", ["2030-01-01"], "tomorrow", False),
        ("after", ["2030-01-01"], HUGE, False),
        ("exists", [], "", True),
        ("exists", [], [], True),
        ("exists", [], None, False),
        ("not_exists", [], None, True),
        ("not_exists", [], 0, False),
    ],
)
def test_an_operator_judges(operator: str, values: list[str], actual: Any, expected: bool) -> None:
    (compiled,) = rule(condition("a", operator, *values)).conditions
    context = {} if actual is None else {"a": actual}
    assert holds(compiled, context, NOW) is expected


@pytest.mark.parametrize(
    ("operator", "value"), [("greater", "x"), ("semver_less", "1.x"), ("before", "soon")]
)
def test_an_operator_refuses_a_value_it_cannot_compare_with(operator: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"'{value}' is not"):
        OPERATORS[operator].prepare([value])


def test_versions_are_ordered_as_the_standard_says() -> None:
    # The example of Semantic Versioning 2.0.0 §11.4.
    names = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 "
    names += "1.0.0-rc.1 1.0.0"
    versions = [parse_version(name) for name in names.split()]
    assert None not in versions
    assert sorted(versions, reverse=True)[::-1] == versions  # type: ignore[type-var]


def test_a_time_without_a_zone_is_utc() -> None:
    assert moment_of("2030-01-01") == moment_of("2030-01-01T00:00:00Z") == 1_893_456_000


def test_a_dotted_name_reaches_into_objects() -> None:
    (compiled,) = rule(condition("user.plan", "equals", "gold")).conditions
    assert holds(compiled, {"user": {"plan": "gold"}}, NOW)
    assert holds(compiled, {"user.plan": "gold"}, NOW)
    assert not holds(compiled, {"user": "gold"}, NOW)


def test_the_current_time_is_known_without_being_sent() -> None:
    (compiled,) = rule(condition("currentTime", "after", "2030-01-01")).conditions
    assert holds(compiled, {}, NOW)
    assert not holds(compiled, {}, NOW - 20_000_000)
    assert not holds(compiled, {"currentTime": "2029-01-01"}, NOW)


def test_a_segment_matches_when_all_its_conditions_hold() -> None:
    beta = rule(condition("a", "equals", "1"), condition("b", "equals", "2")).conditions
    asked = rule(condition("", "in_segment", "beta"), segments={"beta": beta}).conditions[0]
    denied = rule(condition("", "not_in_segment", "beta"), segments={"beta": beta}).conditions[0]
    assert holds(asked, {"a": 1, "b": 2}, NOW)
    assert not holds(asked, {"a": 1}, NOW)
    assert holds(denied, {"a": 1}, NOW)
