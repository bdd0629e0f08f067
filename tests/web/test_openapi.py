"""The OpenAPI document: valid, complete, honest, and only changed on purpose.

After a change on purpose: ``HUB_WRITE_SNAPSHOTS=1 pytest tests/web/test_openapi.py``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from hub.operations.engine import engine
from hub.testing import HubClient
from hub.web.openapi.document import _with_unique_names, document
from hub.web.openapi.parts import Part

SNAPSHOT = Path(__file__).with_name("openapi.json")

Operation = dict[str, Any]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(json.dumps(document()))
    return described


def operations(described: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def schemas_with_examples(described: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Where, the schema and an example of it."""
    for where, operation in operations(described):
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        shown = [entry for content in contents for entry in content.get("content", {}).values()]
        for entry in [*operation.get("parameters", ()), *shown]:
            for name, example in entry.get("examples", {}).items():
                yield f"{where} {name}", entry["schema"], example["value"]
            if "example" in entry:
                yield where, entry["schema"], entry["example"]
            yield from ((where, entry["schema"], one) for one in _own_examples(entry["schema"]))
    for name, schema in described["components"]["schemas"].items():
        yield from ((name, schema, example) for example in _own_examples(schema))


def _own_examples(schema: dict[str, Any]) -> list[Any]:
    examples = [schema["example"]] if "example" in schema else []
    return examples + list(schema.get("examples", ()))


def test_it_is_valid_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(described).validate()


def test_it_is_the_committed_one(described: dict[str, Any]) -> None:
    text = json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("HUB_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(text)
    assert json.loads(SNAPSHOT.read_text()) == described


def test_no_name_in_it_is_made_up() -> None:
    GENERATOR_STATS.reset()
    document()
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


@pytest.mark.django_db(transaction=True)
def test_the_hub_serves_it_to_everyone(described: dict[str, Any]) -> None:
    answer = HubClient().get("/api/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == described


def test_each_operation_has_an_id_of_its_own(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(described)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"\w+", each) for each in ids)


def test_every_route_of_an_operation_is_in_it(described: dict[str, Any]) -> None:
    routes = {
        f"{route.method} {route.path}" for each in engine().operations for route in each.routes
    }
    assert routes
    assert routes <= {where for where, _ in operations(described)}


def test_ninja_routes_and_resources_are_in_it(described: dict[str, Any]) -> None:
    described_at = {where for where, _ in operations(described)}
    assert {
        "GET /api/greeter/greetings/{language}",
        "POST /api/flags/ofrep/v1/evaluate/flags/{key}",
        "POST /api/auth/token",
        "GET /api/registry/operations/{name}",
        "PATCH /api/registry/plugins/{label}",
    } <= described_at


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(described)))
    assert references
    for reference in references:
        target: Any = described
        for step in reference.split("/"):
            assert step in target, reference
            target = target[step]


def test_every_component_is_used(described: dict[str, Any]) -> None:
    used = set(re.findall(r'"#/components/(\w+/[^"]+)"', json.dumps(described)))
    for kind in ("schemas", "responses"):
        assert {f"{kind}/{name}" for name in described["components"][kind]} <= used


def test_every_operation_says_who_may_call(described: dict[str, Any]) -> None:
    schemes = described["components"]["securitySchemes"]
    assert (schemes["bearer"]["scheme"], schemes["session"]["in"]) == ("bearer", "cookie")
    by_id = {operation["operationId"]: operation for _, operation in operations(described)}
    for operation in by_id.values():
        assert {name for entry in operation["security"] for name in entry} <= set(schemes)
    assert by_id["greeter_say_hello"]["security"] == []
    assert by_id["auth_token"]["security"] == []
    assert by_id["greeter_who_am_i"]["security"] == [{"bearer": []}, {"session": []}]
    assert by_id["registry_plugins_list"]["security"] == [{"bearer": []}, {"session": []}]


def test_failures_are_documented_as_problems(described: dict[str, Any]) -> None:
    for where, operation in operations(described):
        wanted = {"400", "401", "422", "503", "default"}
        wanted |= {"403"} if operation["security"] else set()
        wanted |= {"413", "415"} if "requestBody" in operation else set()
        assert wanted <= set(operation["responses"]), where
    for response in described["components"]["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]


def test_examples_are_what_the_schemas_say(described: dict[str, Any]) -> None:
    seen = []
    for where, schema, example in schemas_with_examples(described):
        whole = {**schema, "components": described["components"]}
        errors = [error.message for error in Draft202012Validator(whole).iter_errors(example)]
        assert not errors, (where, example, errors)
        seen.append(where)
    assert "GET /api/greeter/say-hello developer" in seen
    assert "PATCH /api/registry/plugins/{label} switched off" in " ".join(seen).replace(
        "SwitchedOff", "switched off"
    )
    assert len(seen) > 10


def test_every_declared_example_is_shown(described: dict[str, Any]) -> None:
    by_id = {operation["operationId"]: operation for _, operation in operations(described)}
    for operation in engine().operations:
        if operation.routes:
            text = json.dumps(by_id[operation.name.replace(".", "_")])
            for example in operation.examples:
                assert json.dumps(example.name) in text or not example.parameters


def test_schemas_of_one_name_live_side_by_side() -> None:
    def reference(name: str) -> dict[str, str]:
        return {"$ref": f"#/components/schemas/{name}"}

    first = {"Item": {"properties": {"sub": reference("Sub")}}, "Sub": {"type": "string"}}
    taken = dict(first)
    # The same name and text, but what it refers to is something else.
    second = Part(
        {"/b": {"get": {"schema": reference("Item"), "same": reference("Alone")}}},
        {"Item": first["Item"], "Sub": {"type": "integer"}, "Alone": {"type": "null"}},
    )
    renamed = _with_unique_names(second, taken, "Shop")
    assert renamed.schemas == {
        "ShopItem": {"properties": {"sub": reference("ShopSub")}},
        "ShopSub": {"type": "integer"},
        "Alone": {"type": "null"},
    }
    assert renamed.paths["/b"]["get"] == {
        "schema": reference("ShopItem"),
        "same": reference("Alone"),
    }


def test_the_new_name_is_a_free_one() -> None:
    taken = {"Item": {"type": "string"}, "ShopItem": {"type": "boolean"}}
    renamed = _with_unique_names(Part({}, {"Item": {"type": "integer"}}), taken, "Shop")
    assert renamed.schemas == {"ShopItem_": {"type": "integer"}}


def test_what_is_switched_off_is_left_out() -> None:
    paths = document(off=frozenset({"flags"}))["paths"]
    assert paths
    assert not [path for path in paths if path.startswith("/api/flags/")]
