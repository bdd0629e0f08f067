"""A plugin that is switched off is gone from GraphQL too."""

from __future__ import annotations

import graphene

from tests.graphql.conftest import answered, ask, codes, plugin_of, schema_with


async def price() -> int:
    return 1


class Query(graphene.ObjectType):  # type: ignore[misc]
    shout = graphene.String()

    def resolve_shout(self, info: object) -> str:
        return "A"


async def test_a_plugin_is_off_and_on_again(switched_off: set[str]) -> None:
    from hub.operations import switches

    schema = schema_with(
        plugin_of("shop", price, roots={"Query": Query}), plugin_of("stock", price)
    )
    query = "{ shop { price shout } stock { price } }"
    whole = {"shop": {"price": 1, "shout": "A"}, "stock": {"price": 1}}
    names = "{ __schema { queryType { fields { name } } } }"
    assert await answered(schema, query) == whole
    assert "'shop'" in str(await answered(schema, names))
    switched_off.add("shop")
    switches.forget()
    outcome = await ask(schema, query)
    assert codes(outcome) == ["plugin_off"]
    assert outcome.body["data"] == {"shop": None, "stock": {"price": 1}}
    assert "'shop'" not in str(await answered(schema, names))
    switched_off.clear()
    switches.forget()
    assert await answered(schema, query) == whole
    assert "'shop'" in str(await answered(schema, names))
