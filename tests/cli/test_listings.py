"""``plugins``, ``operations`` and ``openapi`` print what the hub holds, as JSON."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.cli.conftest import command

pytestmark = pytest.mark.django_db(transaction=True)


def test_plugins() -> None:
    listed = {entry["label"]: entry for entry in command("plugins").json()}
    assert set(listed) >= {"security", "registry", "greeter", "flags"}
    greeter = listed["greeter"]
    assert (greeter["state"], greeter["enabled"], greeter["failures"]) == ("running", True, [])
    assert "action greeter.say_hello" in greeter["contributions"]


def test_strict_is_content_when_everything_runs() -> None:
    assert command("plugins", "--strict").failure == ""


def test_operations_of_all_and_of_one_plugin() -> None:
    everything = [entry["name"] for entry in command("operations").json()]
    of_greeter = [entry["name"] for entry in command("operations", "greeter").json()]
    assert set(of_greeter) < set(everything)
    assert all(name.startswith("greeter.") for name in of_greeter)


def test_one_operation_with_its_schemas() -> None:
    entry = command("operations", "greeter.number_stats").json()
    assert entry["routes"] == [
        "GET /api/greeter/number-stats",
        "GET /api/greeter/numbers/{value}",
    ]
    assert entry["access"] == "everyone"
    Draft202012Validator(entry["input"]).validate({"value": 42})
    Draft202012Validator(entry["result"]).validate({"value": 42, "even": True, "digits": 2})


@pytest.mark.parametrize("name", ["nobody", "greeter.nothing", ""])
def test_an_unknown_name_is_an_error(name: str) -> None:
    done = command("operations", name)
    assert (done.out, done.failure) == ("", f"There is no plugin or operation '{name}'.")


def test_every_schema_is_valid() -> None:
    for listed in command("operations").json():
        entry = command("operations", listed["name"]).json()
        Draft202012Validator.check_schema(entry["input"])
        Draft202012Validator.check_schema(entry["result"])


def test_the_openapi_document_is_valid() -> None:
    document = command("openapi").json()
    validate(document)
    assert "/api/greeter/say-hello" in document["paths"]
