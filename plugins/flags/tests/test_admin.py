"""The admin's pages for flags."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.models import Change, Environment, Flag, FlagState, Rule, Segment, Variant

pytestmark = pytest.mark.django_db

BETA = {"attribute": "beta", "operator": "equals", "values": ["true"]}


@pytest.fixture
def admin(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture
def viewer() -> Client:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_flag"))
    client = Client()
    client.force_login(user)
    return client


def address(name: str, *args: Any) -> str:
    return reverse(f"admin:flags_flag_{name}", args=args)


def posted(client: Client, flag: Flag) -> dict[str, Any]:
    """The form of the flag's page as a browser would send it back."""
    context = client.get(address("change", flag.pk)).context
    forms = [context["adminform"].form]
    data: dict[str, Any] = {}
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if hasattr(field.field.widget, "widgets"):
                for place, part in enumerate(field.field.widget.decompress(value)):
                    data[f"{field.html_name}_{place}"] = part or ""
            elif value is not None and value is not False:
                data[field.html_name] = value
    return data


def test_the_list_shows_state_expiry_and_use(admin: Client, production: Environment) -> None:
    create_flag("a", owner="Team Shop")
    set_enabled("a", "production", True)
    page = admin.get(address("changelist")).content.decode()
    assert "production: on" in page
    assert "Team Shop" in page


def test_the_list_needs_as_many_queries_for_many_flags(admin: Client) -> None:
    counts = []
    for number in (2, 12):
        for place in range(number):
            create_flag(f"flag-{number}-{place}")
        with CaptureQueriesContext(connection) as queries:
            admin.get(address("changelist"))
        counts.append(len(queries))
    # What is remembered for a moment only may be read by either.
    assert counts[1] - counts[0] < 5


def test_a_boolean_flag_is_made_with_on_and_off(admin: Client) -> None:
    answer = admin.post(address("add"), {"key": "a", "type": "boolean"})
    flag = Flag.objects.get()
    assert answer["location"] == address("change", flag.pk)
    assert list(flag.variants.values_list("key", flat=True)) == ["on", "off"]
    assert set(Change.objects.filter(flag_key="a").values_list("actor", flat=True)) == {"admin"}


def test_a_flag_is_made_with_its_variants(admin: Client) -> None:
    lines = 'blue = #00f\ngreen = "#0f0"'
    admin.post(address("add"), {"key": "a", "type": "string", "initial_variants": lines})
    values = Flag.objects.get().variants.values_list("key", "value")
    assert list(values) == [("blue", "#00f"), ("green", "#0f0")]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "at least one variant"),
        ("small", "not of the form"),
        ("small = ten", "is not JSON"),
        ("small = true", "of type integer"),
        ("a = 1\na = 2", "given twice"),
    ],
)
def test_wrong_variants_are_told_in_the_form(admin: Client, lines: str, words: str) -> None:
    answer = admin.post(address("add"), {"key": "a", "type": "integer", "initial_variants": lines})
    assert answer.status_code == 200
    assert words in str(answer.context["errors"])
    assert not Flag.objects.exists()


def test_a_flag_is_edited_with_a_rule_and_percentages(
    admin: Client, production: Environment
) -> None:
    flag = create_flag("a")
    data = posted(admin, flag)
    state = flag.states.get()
    shares = [{"variant": "on", "weight": 12.5}, {"variant": "off", "weight": 87.5}]
    data |= {
        "name": "Something new",
        "states-0-enabled": "on",
        "states-0-weights": json.dumps(shares),
        "rules-TOTAL_FORMS": "1",
        "rules-0-flag": flag.pk,
        "rules-0-name": "beta",
        "rules-0-environment": production.pk,
        "rules-0-position": "1",
        "rules-0-conditions": json.dumps([BETA]),
        "rules-0-variant": flag.variants.get(key="on").pk,
        "rules-0-weights": "[]",
        "rules-0-bucket_by": "targetingKey",
    }
    answer = admin.post(address("change", flag.pk), data)
    assert answer.status_code == 302, answer.context["errors"]
    state.refresh_from_db()
    assert (state.enabled, state.weights) == (True, shares)
    assert Rule.objects.get().conditions == [BETA]
    told = Change.objects.filter(actor="admin").values_list("kind", "field")
    assert {("flag", "name"), ("state", "enabled"), ("state", "weights")} <= set(told)


def test_wrong_percentages_are_told_in_the_form(admin: Client) -> None:
    flag = create_flag("a")
    data = posted(admin, flag)
    data["states-0-weights"] = json.dumps([{"variant": "on", "weight": 10}])
    answer = admin.post(address("change", flag.pk), data)
    assert answer.status_code == 200
    assert "add up to 10, not to 100" in answer.content.decode()


def test_a_circle_of_prerequisites_is_told_in_the_form(admin: Client) -> None:
    a, b = create_flag("a"), create_flag("b")
    for flag, other in ((a, b), (b, a)):
        data = posted(admin, flag)
        data |= {
            "prerequisites-TOTAL_FORMS": "1",
            "prerequisites-0-flag": flag.pk,
            "prerequisites-0-variant": other.variants.get(key="on").pk,
        }
        answer = admin.post(address("change", flag.pk), data)
    assert answer.status_code == 200
    assert "b → a → b" in answer.content.decode()
    assert a.prerequisites.count() == 1
    assert b.prerequisites.count() == 0


def test_a_variant_in_use_can_not_be_deleted_in_the_form(admin: Client) -> None:
    flag = create_flag("a", type="string", variants={"x": "1", "y": "2", "z": "3"})
    FlagState.objects.update(weights=[{"variant": "y", "weight": 100}])
    data = posted(admin, flag) | {"variants-1-DELETE": "on"}
    answer = admin.post(address("change", flag.pk), data)
    assert answer.status_code == 200
    assert "has a share in the default of production" in answer.content.decode()
    assert Variant.objects.filter(key="y").exists()


def test_a_segment_in_use_can_not_be_deleted(admin: Client, production: Environment) -> None:
    segment = Segment.objects.create(key="beta", conditions=[BETA])
    flag = create_flag("a")
    used = {"attribute": "", "operator": "in_segment", "values": ["beta"]}
    Rule.objects.create(
        flag=flag, environment=production, variant=flag.variants.first(), conditions=[used]
    )
    delete = reverse("admin:flags_segment_delete", args=[segment.pk])
    page = admin.post(delete, {"post": "yes"}, follow=True).content.decode()
    assert "Rules use the segment" in page
    assert Segment.objects.exists()


def test_a_button_switches_a_flag(admin: Client, production: Environment) -> None:
    state = create_flag("a").states.get()
    switch = address("switch", state.flag_id, state.pk)
    assert admin.get(switch).status_code == 405
    assert admin.post(switch, {"enabled": "1"}).status_code == 302
    state.refresh_from_db()
    assert state.enabled
    change = Change.objects.first()
    assert change is not None
    assert (change.actor, change.field, change.new) == ("admin", "enabled", True)


def test_the_button_wants_a_token_against_forgery(admin_user: User) -> None:
    state = create_flag("a").states.get()
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(address("switch", state.flag_id, state.pk)).status_code == 403


def test_who_may_only_view_can_not_switch(viewer: Client) -> None:
    state = create_flag("a").states.get()
    page = viewer.get(address("change", state.flag_id)).content.decode()
    assert "Turn on" not in page
    answer = viewer.post(address("switch", state.flag_id, state.pk), {"enabled": "1"})
    assert answer.status_code == 403
    state.refresh_from_db()
    assert not state.enabled


def test_a_flag_can_be_tried(viewer: Client, production: Environment) -> None:
    flag = create_flag("a")
    set_enabled("a", "production", True)
    Rule.objects.create(
        flag=flag,
        environment=production,
        name="beta",
        conditions=[BETA],
        variant=flag.variants.get(key="on"),
    )
    context = json.dumps({"targetingKey": "u", "beta": True})
    answer = viewer.post(
        address("try_it", flag.pk), {"environment": "production", "context": context}
    )
    page = answer.content.decode()
    assert "TARGETING_MATCH" in page
    assert "beta equals true: yes" in page
    assert answer.context["explanation"].steps[-1].decided


@pytest.mark.parametrize("context", ["{", "[]", "7"])
def test_a_wrong_context_is_told(viewer: Client, context: str) -> None:
    flag = create_flag("a")
    answer = viewer.post(
        address("try_it", flag.pk), {"environment": "production", "context": context}
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors["context"]


def test_the_pages_are_for_those_who_may_view_flags(db: None) -> None:
    flag = create_flag("a")
    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    for name in ("try_it", "evaluations_page", "history", "change"):
        assert client.get(address(name, flag.pk)).status_code == 403


def test_the_pages_open(viewer: Client) -> None:
    flag = create_flag("a")
    for name in ("try_it", "evaluations_page", "history", "change"):
        assert viewer.get(address(name, flag.pk)).status_code == 200
        assert viewer.get(address(name, 0)).status_code in (302, 404)


def test_the_history_is_read_only(admin: Client) -> None:
    create_flag("a")
    change = Change.objects.first()
    assert change is not None
    for name, status in (("add", 403), ("delete", 403)):
        args = [] if name == "add" else [change.pk]
        assert admin.post(reverse(f"admin:flags_change_{name}", args=args)).status_code == status
    page = reverse("admin:flags_change_change", args=[change.pk])
    assert admin.get(page).status_code == 200
    assert admin.post(page, {"actor": "nobody"}).status_code == 403
    assert admin.get(reverse("admin:flags_change_changelist")).status_code == 200


def test_the_list_of_changes_counts_changes(admin: Client) -> None:
    create_flag("a")
    create_flag("b")
    page = " ".join(admin.get(reverse("admin:flags_change_changelist")).content.decode().split())
    assert f"{Change.objects.count()} changes" in page
    assert f"{Change.objects.count()} history" not in page


@pytest.mark.parametrize(("others", "chosen"), [(0, True), (1, False)])
def test_the_only_environment_is_chosen_in_new_rules(
    admin: Client, production: Environment, others: int, chosen: bool
) -> None:
    if others:
        Environment(key="staging", name="Staging").save()
    page = admin.get(address("change", create_flag("a").pk)).content.decode()
    new_rule = page.partition('name="rules-__prefix__-environment"')[2].partition("</select>")[0]
    assert ("selected>production" in new_rule) is chosen
