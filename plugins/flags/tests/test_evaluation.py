"""Which variant a flag yields, and why."""

from __future__ import annotations

from plugins.flags.compiled import ErrorCode, Reason, Serve
from plugins.flags.evaluation import evaluate
from plugins.flags.tests.flagmaking import NOW, condition, flag, flags, rule, split

GERMANS = condition("country", "equals", "DE")


def test_a_flag_without_rules_is_static() -> None:
    found = evaluate(flags(flag(default=Serve("on"))), "a", {}, now=NOW)
    assert (found.value, found.variant, found.reason) == (True, "on", Reason.STATIC)
    assert found.metadata == {"flagType": "boolean"}


def test_the_first_matching_rule_decides() -> None:
    both = flag("a", rule(GERMANS, serve=Serve("off")), rule(serve=Serve("on")))
    assert evaluate(flags(both), "a", {"country": "DE"}, now=NOW).variant == "off"
    found = evaluate(flags(both), "a", {"country": "AT"}, now=NOW)
    assert (found.variant, found.reason) == ("on", Reason.TARGETING_MATCH)
    assert found.metadata["rule"] == "a rule"


def test_all_conditions_of_a_rule_must_hold() -> None:
    picky = flags(flag("a", rule(GERMANS, condition("age", "greater", "17"))))
    assert evaluate(picky, "a", {"country": "DE", "age": 18}, now=NOW).variant == "on"
    assert evaluate(picky, "a", {"country": "DE", "age": 17}, now=NOW).variant == "off"


def test_without_a_match_the_default_is_served() -> None:
    found = evaluate(flags(flag("a", rule(GERMANS))), "a", {}, now=NOW)
    assert (found.variant, found.reason) == ("off", Reason.DEFAULT)


def test_a_flag_that_is_off_serves_its_off_variant() -> None:
    found = evaluate(flags(flag("a", rule(), enabled=False)), "a", {}, now=NOW)
    assert (found.variant, found.reason) == ("off", Reason.DISABLED)


def test_an_expired_flag_serves_its_off_variant() -> None:
    expiring = flags(flag("a", rule(), expires_at=NOW))
    assert evaluate(expiring, "a", {}, now=NOW - 1).variant == "on"
    found = evaluate(expiring, "a", {}, now=NOW)
    assert (found.variant, found.reason) == ("off", Reason.DISABLED)
    assert found.metadata["expired"] is True


def test_a_flag_that_is_not_there() -> None:
    found = evaluate({}, "a", {}, now=NOW)
    assert (found.reason, found.error_code) == (Reason.ERROR, ErrorCode.FLAG_NOT_FOUND)


def test_a_rollout_needs_the_targeting_key() -> None:
    rolled = flags(flag(default=split(("on", 50), ("off", 50))))
    for context in ({}, {"targetingKey": ""}, {"targetingKey": None}):
        found = evaluate(rolled, "a", context, now=NOW)
        assert found.error_code is ErrorCode.TARGETING_KEY_MISSING
    found = evaluate(rolled, "a", {"targetingKey": "user-1"}, now=NOW)
    assert (found.reason, found.error_code) == (Reason.SPLIT, None)


def test_a_rollout_to_everybody_needs_no_targeting_key() -> None:
    rolled = flags(flag(default=split(("on", 100), ("off", 0))))
    assert evaluate(rolled, "a", {}, now=NOW).variant == "on"


def test_a_rollout_by_another_attribute_names_it_when_it_is_missing() -> None:
    rolled = flags(flag(default=split(("on", 50), ("off", 50), bucket_by="company")))
    found = evaluate(rolled, "a", {"targetingKey": "u"}, now=NOW)
    assert found.error_code is ErrorCode.INVALID_CONTEXT
    assert "company" in found.error_details
    assert evaluate(rolled, "a", {"company": 7}, now=NOW).reason is Reason.SPLIT


def test_a_targeting_key_that_is_no_text_is_refused() -> None:
    found = evaluate(flags(flag()), "a", {"targetingKey": 7}, now=NOW)
    assert found.error_code is ErrorCode.INVALID_CONTEXT


def test_a_prerequisite_must_yield_its_variant() -> None:
    needing = flag("b", rule(), prerequisites=(("a", "on"),))
    assert evaluate(flags(flag("a", rule()), needing), "b", {}, now=NOW).variant == "on"
    for unmet in (flag("a"), flag("a", rule(), enabled=False), flag("other")):
        found = evaluate(flags(unmet, needing), "b", {}, now=NOW)
        assert (found.variant, found.reason) == ("off", Reason.DEFAULT)
        assert found.metadata["prerequisiteFailed"] == "a"


def test_a_failing_prerequisite_fails_the_flag() -> None:
    rolled = flag("a", default=split(("on", 50), ("off", 50)))
    found = evaluate(flags(rolled, flag("b", prerequisites=(("a", "on"),))), "b", {}, now=NOW)
    assert found.error_code is ErrorCode.TARGETING_KEY_MISSING
    assert "'a'" in found.error_details


def test_a_circle_of_prerequisites_is_named() -> None:
    needs = {"a": "b", "b": "c", "c": "a"}
    circle = flags(*(flag(key, prerequisites=((need, "on"),)) for key, need in needs.items()))
    found = evaluate(circle, "a", {}, now=NOW)
    assert found.error_code is ErrorCode.GENERAL
    assert "a → b → c → a" in found.error_details


def test_a_long_chain_of_prerequisites_ends_in_an_error() -> None:
    chain = [flag(str(n), rule(), prerequisites=((str(n + 1), "on"),)) for n in range(5000)]
    assert evaluate(flags(*chain), "0", {}, now=NOW).error_code is ErrorCode.GENERAL


def test_prerequisites_that_share_prerequisites_are_evaluated_once() -> None:
    # Two needs a layer: without a memory these would be 2**40 evaluations, without an end.
    layers = [
        flag(f"{side}{n}", rule(), prerequisites=((f"l{n + 1}", "on"), (f"r{n + 1}", "on")))
        for n in range(40)
        for side in "lr"
    ]
    ends = [flag("l40", rule()), flag("r40", rule())]
    assert evaluate(flags(*layers, *ends), "l0", {}, now=NOW).variant == "on"


def test_a_broken_flag_fails_alone() -> None:
    found = evaluate(flags(flag(broken="No sums."), flag("b")), "a", {}, now=NOW)
    assert (found.error_code, found.error_details) == (ErrorCode.GENERAL, "No sums.")
