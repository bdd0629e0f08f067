"""Bombs: what asks for too much is refused before anything runs."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query, parse

from hub.sdk import HubError
from hub.web.graphql import limits
from hub.web.graphql.schema import HubSchema
from tests.graphql.conftest import answered, ask, codes, schema_of
from tests.graphql.trees import tree


@pytest.fixture
def schema() -> HubSchema:
    return schema_of(tree)


def deep(levels: int) -> str:
    return "{ shop { tree " + "{ branches " * levels + "{ value }" + " }" * levels + " } }"


def doubling(levels: int) -> str:
    """Fragments that each spread the next one twice: 2^levels fields in a few lines."""
    parts = [f"fragment F{n} on ShopTree {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    last = f"fragment F{levels} on ShopTree {{ a: value }}"
    return "{ shop { tree { ...F0 } } } " + " ".join([*parts, last])


BOMBS: list[tuple[str, str]] = [
    (deep(20), "too_much_depth"),
    ("{ " * 400, "invalid_syntax"),
    ("{a" * 450 + "}" * 450, "invalid_syntax"),
    ("{ a(b: " + "[" * 490 + "]" * 490 + ") }", "invalid_syntax"),
    ("{ shop { " + " ".join(f"a{n}: tree {{ value }}" for n in range(16)) + " } }",
     "too_many_aliases"),
    ("{ shop { tree { value " + "@skip(if: false) " * 51 + "} } }", "too_many_directives"),
    ("{ " + "a " * 1000 + "}", "too_many_tokens"),
    ("{ " + "__typename " * 500 + "}", "too_many_repeats"),
    ("{ a " + "# c\n" * 300 + "}", "too_many_tokens"),
    ("{ " + " " * 15_000 + " a }", "too_many_characters"),
    (doubling(25), "too_many_aliases"),
    ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "fragment_cycle"),
    ("{ shop { a } } fragment A on Query { ...A }", "fragment_cycle"),
    ("{ shop { tree { branches { branches { branches { branches { branches { branches { branches { "
     + " ".join(f"f{n}" for n in range(200)) + " } } } } } } } } } }", "too_much_cost"),
    (" ".join(f"query Q{n} {{ __typename }}" for n in range(21)), "too_many_operations"),
    ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
     "too_much_introspection"),
    ("{ a: __schema { types { name } } b: __schema { types { name } }"
     " c: __schema { types { name } } d: __schema { types { name } } }", "too_much_introspection"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "code"), BOMBS, ids=[f"{code}-{n}" for n, (_, code) in enumerate(BOMBS)]
)
async def test_a_bomb_is_refused(schema: HubSchema, query: str, code: str) -> None:
    try:
        outcome = await ask(schema, query)
    except HubError as error:
        assert (error.code, error.status) == (code, 400)
    else:
        assert (codes(outcome)[0], outcome.status) == (code, 400)


def test_each_fragment_is_measured_once() -> None:
    with pytest.raises(HubError):  # spread out, it would be 2^80 fields: this would not end
        limits.measured(parse(doubling(80)))


async def test_what_is_within_the_limits_runs(schema: HubSchema) -> None:
    assert await answered(schema, deep(7)) is not None
    aliases = " ".join(f"a{n}: tree {{ value }}" for n in range(15))
    assert len((await answered(schema, f"{{ shop {{ {aliases} }} }}"))["shop"]) == 15


async def test_the_introspection_of_tools_is_within_the_limits(schema: HubSchema) -> None:
    query = get_introspection_query(specified_by_url=True, directive_is_repeatable=True)
    assert "ShopTree" in str(await answered(schema, query))


async def test_introspection_can_be_switched_off(schema: HubSchema, settings: Any) -> None:
    settings.HUB_GRAPHQL_INTROSPECTION = False
    for query in ("{ __schema { types { name } } }", '{ __type(name: "ShopTree") { name } }'):
        with pytest.raises(HubError) as caught:
            await ask(schema, query)
        assert (caught.value.code, caught.value.status) == ("introspection_off", 403)
    assert await answered(schema, "{ __typename }") == {"__typename": "Query"}


@pytest.mark.parametrize(("on", "told"), [(True, True), (False, False)])
async def test_suggestions_go_with_introspection(
    schema: HubSchema, settings: Any, on: bool, told: bool
) -> None:
    settings.HUB_GRAPHQL_INTROSPECTION = on
    outcome = await ask(schema, "{ shop { tre { value } } }")
    assert ("Did you mean" in outcome.body["errors"][0]["message"]) is told


async def test_documents_are_kept_within_bounds(schema: HubSchema) -> None:
    for number in range(300):
        await answered(schema, f"{{ a{number}: __typename }}")
    assert len(schema.documents._kept) == 256
    first = schema.documents.get("{ a299: __typename }", suggest=True)
    assert schema.documents.get("{ a299: __typename }", suggest=True) is first
