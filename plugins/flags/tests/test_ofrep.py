"""The OpenFeature Remote Evaluation Protocol over HTTP: statuses, bodies, entity tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.testing import HubClient
from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.counts import COUNTS
from plugins.flags.models import Environment, Rule, Segment

pytestmark = pytest.mark.django_db(transaction=True)

BASE = "/api/flags/ofrep/v1/evaluate/flags"


@pytest.fixture
def checkout(evaluator: HubClient) -> None:
    """On in production for beta testers, and for half of the Germans."""
    production = Environment.objects.get(key="production")
    flag = create_flag("new-checkout")
    on, off = flag.variants.all()
    condition = {"attribute": "email", "operator": "ends_with", "values": ["@example.com"]}
    Segment.objects.create(key="beta", conditions=[condition])
    Rule.objects.create(
        flag=flag,
        environment=production,
        position=1,
        name="beta testers",
        conditions=[{"attribute": "", "operator": "in_segment", "values": ["beta"]}],
        variant=on,
    )
    Rule.objects.create(
        flag=flag,
        environment=production,
        position=2,
        name="half of Germany",
        conditions=[{"attribute": "country", "operator": "equals", "values": ["DE"]}],
        weights=[{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}],
    )
    state = set_enabled("new-checkout", "production", True)
    state.default_variant = off
    state.save()


@pytest.mark.usefixtures("checkout")
def test_a_flag_is_evaluated_for_a_context(evaluator: HubClient) -> None:
    answer = evaluator.post(
        f"{BASE}/new-checkout", {"context": {"targetingKey": "u", "email": "me@example.com"}}
    )
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == {
        "key": "new-checkout",
        "value": True,
        "reason": "TARGETING_MATCH",
        "variant": "on",
        "metadata": {"flagType": "boolean", "rule": "beta testers"},
    }


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("body", [b"", b"{}", b'{"context": {}}', b'{"context": {"a": null}}'])
def test_a_context_is_not_needed(evaluator: HubClient, body: bytes) -> None:
    answer = evaluator.post(f"{BASE}/new-checkout", body)
    assert (answer.status, answer.json()["reason"]) == (200, "DEFAULT")


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"\xff\xfe", "PARSE_ERROR"),
        (b'{"context": {"a": "\xc3"}}', "PARSE_ERROR"),
        (b'{"context": {"a": "\\ud800"}}', "PARSE_ERROR"),
        (b'{"context": {"a": NaN}}', "PARSE_ERROR"),
        (b"[" * 100_000, "PARSE_ERROR"),
        (b'{"context": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, "PARSE_ERROR"),
        (b"[]", "PARSE_ERROR"),
        (b'"context"', "PARSE_ERROR"),
        (b'{"context": []}', "INVALID_CONTEXT"),
        (b'{"context": null}', "INVALID_CONTEXT"),
        (b'{"context": "me"}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": 7}}', "INVALID_CONTEXT"),
        (b'{"context": {"country": "DE"}}', "TARGETING_KEY_MISSING"),
    ],
)
def test_a_wrong_request_is_answered_as_the_protocol_says(
    evaluator: HubClient, body: bytes, code: str
) -> None:
    answer = evaluator.post(f"{BASE}/new-checkout", body)
    assert answer.status == 400
    told = answer.json()
    assert (told["key"], told["errorCode"]) == ("new-checkout", code)
    assert told["errorDetails"]


def test_a_flag_that_is_not_there(evaluator: HubClient) -> None:
    answer = evaluator.post(f"{BASE}/nothing", {"context": {}})
    assert answer.status == 404
    told = answer.json()
    assert (told["key"], told["errorCode"]) == ("nothing", "FLAG_NOT_FOUND")
    assert told["errorDetails"]


@pytest.mark.parametrize("path", [f"{BASE}/a", BASE])
def test_callers_need_the_scope(client_with: Callable[[str], HubClient], path: str) -> None:
    anonymous = HubClient().post(path, {})
    assert anonymous.status == 401
    assert anonymous.headers["www-authenticate"].startswith("Bearer")
    other = client_with("other:scope").post(path, {})
    assert other.status == 403
    assert "flags:evaluate" in other.body.decode()


@pytest.mark.usefixtures("checkout")
def test_all_flags_are_evaluated_at_once(evaluator: HubClient) -> None:
    create_flag("max-upload", type="integer", variants={"small": 10})
    answer = evaluator.post(BASE, {"context": {"country": "DE"}})
    assert answer.status == 200
    flags: list[dict[str, Any]] = answer.json()["flags"]
    assert flags[0]["value"] == 10
    # One flag's failure is that flag's alone.
    assert (flags[1]["key"], flags[1]["errorCode"]) == ("new-checkout", "TARGETING_KEY_MISSING")


@pytest.mark.parametrize(
    ("body", "code"), [(b"{", "PARSE_ERROR"), (b'{"context":1}', "INVALID_CONTEXT")]
)
def test_a_wrong_bulk_request(evaluator: HubClient, body: bytes, code: str) -> None:
    answer = evaluator.post(BASE, body)
    assert answer.status == 400
    assert answer.json()["errorCode"] == code
    assert "key" not in answer.json()


@pytest.mark.usefixtures("checkout")
def test_nothing_new_is_not_sent_again(evaluator: HubClient) -> None:
    context = {"context": {"targetingKey": "u"}}
    first = evaluator.post(BASE, context)
    tag = first.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = evaluator.post(BASE, context, if_none_match=sent)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert evaluator.post(BASE, context, if_none_match='"other"').status == 200


@pytest.mark.usefixtures("checkout")
def test_another_context_or_a_change_of_the_flags_is_sent(evaluator: HubClient) -> None:
    context = {"context": {"targetingKey": "u"}}
    tag = evaluator.post(BASE, context).headers["etag"]
    tester = {"context": {"targetingKey": "u", "email": "me@example.com"}}
    assert evaluator.post(BASE, tester, if_none_match=tag).status == 200
    set_enabled("new-checkout", "production", False)
    changed = evaluator.post(BASE, context, if_none_match=tag)
    assert changed.status == 200
    assert changed.json()["flags"][0]["reason"] == "DISABLED"


@pytest.mark.usefixtures("checkout")
def test_each_environment_answers_for_itself(evaluator: HubClient) -> None:
    Environment.objects.create(key="staging", name="Staging")
    tester = {"context": {"email": "me@example.com"}}
    assert evaluator.post(f"{BASE}/new-checkout", tester).json()["value"] is True
    below = "/api/flags/environments/staging/ofrep/v1/evaluate/flags"
    assert evaluator.post(f"{below}/new-checkout", tester).json()["reason"] == "DISABLED"
    assert evaluator.post(below, tester).json()["flags"][0]["reason"] == "DISABLED"
    named = evaluator.post(f"{BASE}/new-checkout", tester, x_flags_environment="staging")
    assert named.json()["reason"] == "DISABLED"


def test_an_environment_that_is_not_there(evaluator: HubClient) -> None:
    for path in ("/api/flags/environments/x/ofrep/v1/evaluate/flags", f"{BASE}/a", BASE):
        answer = evaluator.post(path, {}, x_flags_environment="x")
        assert (answer.status, answer.json()["errorCode"]) == (400, "GENERAL")
        assert "'x'" in answer.json()["errorDetails"]


@pytest.mark.usefixtures("checkout")
def test_evaluations_are_counted(evaluator: HubClient) -> None:
    COUNTS._counts.clear()
    context = {"context": {"targetingKey": "u"}}
    evaluator.post(f"{BASE}/new-checkout", context)
    evaluator.post(f"{BASE}/new-checkout", {"context": {"country": "DE"}})
    evaluator.post(f"{BASE}/nothing", context)
    tag = evaluator.post(BASE, context).headers["etag"]
    evaluator.post(BASE, context, if_none_match=tag)  # a 304 uses nothing anew
    counted: dict[tuple[str, str], int] = {}
    for (_, flag, variant, _), number in COUNTS._counts.items():
        counted[flag, variant] = counted.get((flag, variant), 0) + number
    assert counted == {("new-checkout", "off"): 2, ("new-checkout", ""): 1}
