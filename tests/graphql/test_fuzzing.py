"""Whatever is sent, the answer is well-formed and says nothing of what is inside."""

from __future__ import annotations

import asyncio
import functools
import json
from typing import Any

from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type, is_leaf_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.sdk import HubError
from hub.web.graphql.app import _encoded
from hub.web.graphql.schema import HubSchema
from tests.graphql.conftest import ask, schema_of
from tests.graphql.trees import tree

QUIET = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

WORDS = ["{", "}", "(", ")", "...", "on", "query", "mutation", "fragment", "shop", "tree", "value",
         "branches", "levels", ":", "1", '"a"', "$a", "@skip", "@include", "if", "true", "null",
         "__schema", "__type", "__typename", "name", "ShopTree", "[", "]", "=", "!", "F", "#", "\n",
         "\ufeff", "\x00", "9" * 30]  # fmt: skip


@functools.cache
def schema() -> HubSchema:
    return schema_of(tree)


def check(query: str, variables: dict[str, Any] | None = None) -> None:
    try:
        outcome = asyncio.run(ask(schema(), query, variables))
    except HubError as error:
        assert 400 <= error.status < 500
        return
    assert outcome.status in {200, 400}
    assert json.loads(_encoded(outcome.body)).keys() <= {"data", "errors"}
    for told in outcome.body.get("errors", ()):
        assert told["extensions"]["code"] != "internal_error", told


@QUIET
@given(st.text(max_size=200))
def test_any_text(query: str) -> None:
    check(query)


@QUIET
@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
def test_any_words_of_the_language(query: str) -> None:
    check(query)


@st.composite
def selections(draw: st.DrawFn, owner: GraphQLObjectType, levels: int) -> str:
    """A selection that the schema allows."""
    parts = []
    for name in draw(st.lists(st.sampled_from(sorted(owner.fields)), min_size=1, max_size=4)):
        field = owner.fields[name]
        kind = get_named_type(field.type)
        if any(isinstance(arg.type, GraphQLNonNull) for arg in field.args.values()):
            continue
        alias = draw(st.sampled_from(["", "", "x: ", f"y{levels}: "]))
        if is_leaf_type(kind):
            parts.append(alias + name)
        elif levels and isinstance(kind, GraphQLObjectType):
            below = draw(selections(kind, levels - 1))
            parts.append(f"{alias}{name} {{ {below} }}")
    return " ".join(parts) or "__typename"


@QUIET
@given(st.data())
def test_any_query_of_the_schema(data: st.DataObject) -> None:
    root = schema().full.type_map["ShopQuery"]
    assert isinstance(root, GraphQLObjectType)
    check(f"{{ shop {{ {data.draw(selections(root, 6))} }} }}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@QUIET
@given(
    JSON.filter(lambda value: not isinstance(value, int) or abs(value) < 9 or abs(value) > 10**6)
)
def test_any_variable(value: Any) -> None:
    if isinstance(value, int) and not isinstance(value, bool) and value > 9:
        value = str(value)
    check("query($n: BigInt) { shop { tree(levels: $n) { value } } }", {"n": value})
