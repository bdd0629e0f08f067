"""What may be stored: refused with a sentence, in the admin and in code alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import RestrictedError

from hub.sdk import NotFound
from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.models import Environment, Flag, FlagState, Prerequisite, Rule, Segment, Variant

pytestmark = pytest.mark.django_db

BETA = {"attribute": "beta", "operator": "equals", "values": ["true"]}


@pytest.mark.parametrize("key", ["", "with space", "ünïcode", "-first", "a/b", "x" * 101, "a\n"])
def test_a_key_is_a_word_for_addresses(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        create_flag(key)
    assert "key" in caught.value.message_dict


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("boolean", 1),
        ("boolean", "true"),
        ("string", 1),
        ("integer", 1.5),
        ("integer", True),
        ("float", "1.0"),
        ("float", True),
        ("float", 10**400),
        ("float", float("nan")),
        ("object", 1),
        ("object", None),
    ],
)
def test_a_variant_holds_a_value_of_the_flags_type(kind: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=f"of type {kind}"):
        create_flag("a", type=kind, variants={"v": value})
    assert not Flag.objects.exists()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", ""),
        ("integer", 0),
        ("float", 3),
        ("object", {}),
        ("object", []),
        ("boolean", False),
    ],
)
def test_empty_values_are_values(kind: str, value: Any) -> None:
    flag = create_flag("a", type=kind, variants={"v": value})
    assert flag.variants.get().value == value


def test_a_boolean_flag_has_on_and_off_and_is_off_everywhere(production: Environment) -> None:
    Environment.objects.create(key="staging", name="Staging")
    flag = create_flag("a")
    assert list(flag.variants.values_list("key", "value")) == [("on", True), ("off", False)]
    for state in flag.states.all():
        assert (state.enabled, state.default_variant.key) == (False, "on")
        assert state.off_variant.key == "off"
    assert flag.states.count() == 2


def test_a_new_environment_has_every_flag_off(production: Environment) -> None:
    flag = create_flag("a")
    set_enabled("a", "production", True)
    staging = Environment.objects.create(key="staging", name="Staging")
    assert not FlagState.objects.get(flag=flag, environment=staging).enabled


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([("on", 50)], "add up to 50, not to 100"),
        ([("on", 50), ("off", 50.001)], "add up to 100.001"),
        ([("on", 101), ("off", -1)], "between 0 and 100"),
        ([("on", 50.0001), ("off", 49.9999)], "three decimals"),
        ([("on", 50), ("on", 50)], "twice"),
        ([("maybe", 100)], "no variant 'maybe'"),
        ([("on", "all")], "not a percentage"),
        ([("on", float("nan"))], "between 0 and 100"),
    ],
)
def test_percentages_are_exact(weights: list[tuple[str, Any]], words: str) -> None:
    state = create_flag("a").states.get()
    state.weights = [{"variant": variant, "weight": weight} for variant, weight in weights]
    with pytest.raises(ValidationError, match=words):
        state.save()


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"attribute": "a", "operator": "like", "values": ["x"]}, "no operator 'like'"),
        ({"attribute": "", "operator": "equals", "values": ["x"]}, "attribute is missing"),
        ({"attribute": "a", "operator": "equals", "values": []}, "needs a value"),
        ({"attribute": "a", "operator": "equals", "values": ["x", "y"]}, "takes one value"),
        ({"attribute": "a", "operator": "greater", "values": ["x"]}, "'x' is not a number"),
        ({"attribute": "", "operator": "in_segment", "values": ["x"]}, "no segment 'x'"),
        ({"attribute": "a", "operator": "equals", "values": "x"}, "values are a list"),
        ({"attribute": "a", "operator": "equals", "values": [{}]}, "texts or numbers"),
        ({"attribute": 1, "operator": "equals", "values": ["x"]}, "attribute is a name"),
        ({"extra": 1}, "holds an attribute"),
        ("x", "holds an attribute"),
    ],
)
def test_a_condition_makes_sense(production: Environment, condition: Any, words: str) -> None:
    flag = create_flag("a")
    with pytest.raises(ValidationError, match=words):
        Rule.objects.create(
            flag=flag,
            environment=production,
            variant=flag.variants.get(key="on"),
            conditions=[condition],
        )


def test_a_rule_serves_either_a_variant_or_percentages(production: Environment) -> None:
    flag = create_flag("a")
    shares = [{"variant": "on", "weight": 100}]
    on = flag.variants.get(key="on")
    for fields in ({}, {"variant": on, "weights": shares}):
        with pytest.raises(ValidationError, match="either one variant or percentages"):
            Rule.objects.create(flag=flag, environment=production, **fields)


def test_a_variant_of_another_flag_is_refused(production: Environment) -> None:
    flag, other = create_flag("a"), create_flag("b")
    with pytest.raises(ValidationError, match="not a variant of the flag"):
        Rule.objects.create(flag=flag, environment=production, variant=other.variants.first())


def test_a_segment_is_not_made_of_segments() -> None:
    Segment.objects.create(key="beta", conditions=[BETA])
    inner = {"attribute": "", "operator": "in_segment", "values": ["beta"]}
    with pytest.raises(ValidationError, match="can't be made of segments"):
        Segment.objects.create(key="more", conditions=[inner])


def test_a_segment_that_rules_use_stays(production: Environment) -> None:
    segment = Segment.objects.create(key="beta", conditions=[BETA])
    flag = create_flag("a")
    used = {"attribute": "", "operator": "in_segment", "values": ["beta"]}
    Rule.objects.create(
        flag=flag, environment=production, variant=flag.variants.first(), conditions=[used]
    )
    with pytest.raises(RestrictedError, match="Rules use the segment 'beta'"):
        segment.delete()


def test_what_programs_rely_on_does_not_change() -> None:
    flag = create_flag("a")
    for name, value in (("key", "b"), ("type", "string")):
        changed = Flag.objects.get(pk=flag.pk)
        setattr(changed, name, value)
        with pytest.raises(ValidationError, match="programs rely on it"):
            changed.save()


def test_a_variant_in_a_rollout_keeps_its_key_and_stays() -> None:
    flag = create_flag("a", type="string", variants={"x": "1", "y": "2", "z": "3"})
    state = flag.states.get()
    state.weights = [{"variant": "y", "weight": 100}]
    state.save()
    variant = flag.variants.get(key="y")
    with pytest.raises(RestrictedError, match="a share in the default of production"):
        variant.delete()
    variant.key = "why"
    with pytest.raises(ValidationError, match="a share in the default of production"):
        variant.save()


def test_a_variant_that_is_served_stays() -> None:
    with pytest.raises(RestrictedError):
        create_flag("a").variants.get(key="on").delete()


def test_a_flag_is_deleted_with_all_that_belongs_to_it(production: Environment) -> None:
    flag = create_flag("a")
    shares = [{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}]
    Rule.objects.create(flag=flag, environment=production, weights=shares)
    flag.delete()
    assert not Variant.objects.exists()
    assert not FlagState.objects.exists()


def require(flag: Flag, required: Flag) -> Prerequisite:
    variant = required.variants.get(key="on")
    return Prerequisite.objects.create(flag=flag, required=required, variant=variant)


def test_a_circle_of_prerequisites_is_refused_with_its_path() -> None:
    a, b, c = (create_flag(key) for key in "abc")
    require(a, b)
    require(b, c)
    with pytest.raises(ValidationError, match="c → a → b → c"):
        require(c, a)
    with pytest.raises(ValidationError, match="a → a"):
        require(a, a)


def test_a_flag_that_others_require_is_neither_archived_nor_deleted() -> None:
    a, b = create_flag("a"), create_flag("b")
    require(a, b)
    with pytest.raises(RestrictedError):
        b.delete()
    b.archived = True
    with pytest.raises(ValidationError, match="prerequisite of a"):
        b.save()


def test_there_is_one_default_environment_at_a_time(production: Environment) -> None:
    staging = Environment.objects.create(key="staging", name="Staging", is_default=True)
    production.refresh_from_db()
    assert staging.is_default
    assert not production.is_default
    staging.is_default = False
    with pytest.raises(ValidationError, match="another environment the default"):
        staging.save()
    with pytest.raises(RestrictedError, match="default environment"):
        Environment.objects.get(key="staging").delete()
    production.delete()


def test_switching_names_what_is_missing(production: Environment) -> None:
    with pytest.raises(NotFound, match="no flag 'a'"):
        set_enabled("a", "production", True)
    with pytest.raises(NotFound, match="no environment 'x'"):
        set_enabled("a", "x", True)
