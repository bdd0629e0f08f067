"""Plugins' graphene classes: sync resolvers in threads, async ones on the loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import graphene
import pytest
from django.contrib.auth.models import User
from graphene_django import DjangoObjectType
from graphql import GraphQLError

from hub.sdk import Caller, NotFound
from hub.web.graphql import limits
from tests.graphql.conftest import answered, ask, codes, plugin_of, schema_of, schema_with


class Book(graphene.ObjectType):  # type: ignore[misc]
    title = graphene.String(required=True)
    thread = graphene.String()
    printed_at = graphene.DateTime()

    def resolve_thread(self, info: Any) -> str:
        return threading.current_thread().name


class Query(graphene.ObjectType):  # type: ignore[misc]
    book = graphene.Field(Book, title=graphene.String(default_value="Emma"))
    later = graphene.Int()
    caller = graphene.String()
    broken = graphene.String()
    missing = graphene.String()
    meant = graphene.String()
    endless = graphene.String()

    def resolve_book(self, info: Any, title: str) -> Any:
        return {"title": title}

    async def resolve_later(self, info: Any) -> int:
        await asyncio.sleep(0)
        assert threading.current_thread() is threading.main_thread()
        return 1

    def resolve_caller(self, info: Any) -> str:
        found: Caller = info.context.caller
        return found.username

    def resolve_broken(self, info: Any) -> str:
        raise RuntimeError("secret")

    def resolve_missing(self, info: Any) -> str:
        raise NotFound("There is no such book.")

    def resolve_meant(self, info: Any) -> str:
        raise GraphQLError("Not on Sundays.", extensions={"code": "closed", "opens": "Monday"})

    async def resolve_endless(self, info: Any) -> str:
        await asyncio.sleep(60)
        return ""


class AddBook(graphene.Mutation):  # type: ignore[misc]
    class Arguments:
        title = graphene.String(required=True)

    book = graphene.Field(Book)

    def mutate(self, info: Any, title: str) -> AddBook:
        return AddBook(book=Book(title=title))


class Mutation(graphene.ObjectType):  # type: ignore[misc]
    add_book = AddBook.Field()


ROOTS = {"Query": Query, "Mutation": Mutation}


async def price() -> int:
    return 1


async def test_they_stand_beside_actions() -> None:
    schema = schema_of(price, roots=ROOTS)
    data = await answered(schema, "{ shop { price book { title } later caller } }")
    assert data["shop"] == {"price": 1, "book": {"title": "Emma"}, "later": 1, "caller": "ada"}


async def test_sync_resolvers_run_in_threads_of_the_pool() -> None:
    data = await answered(schema_of(roots=ROOTS), "{ shop { book { thread } } }")
    assert data["shop"]["book"]["thread"] != threading.main_thread().name


async def test_mutations_of_graphene() -> None:
    query = 'mutation { shop { addBook(title: "Emma") { book { title } } } }'
    data = await answered(schema_of(roots=ROOTS), query)
    assert data["shop"]["addBook"]["book"] == {"title": "Emma"}


@pytest.mark.parametrize(
    ("field", "code", "message"),
    [
        ("broken", "internal_error", ""),
        ("missing", "not_found", "There is no such book."),
        ("meant", "closed", "Not on Sundays."),
    ],
)
async def test_errors_of_resolvers(field: str, code: str, message: str) -> None:
    outcome = await ask(schema_of(roots=ROOTS), f"{{ shop {{ {field} }} }}")
    assert codes(outcome) == [code]
    assert message in outcome.body["errors"][0]["message"]
    assert "secret" not in str(outcome.body)


async def test_they_end_at_the_requests_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.1)
    assert codes(await ask(schema_of(roots=ROOTS), "{ shop { endless } }")) == ["deadline_exceeded"]


async def test_two_plugins_may_use_one_scalar() -> None:
    class Paper(graphene.ObjectType):  # type: ignore[misc]
        printed_at = graphene.DateTime()

    class Other(graphene.ObjectType):  # type: ignore[misc]
        paper = graphene.Field(Paper)

    shop = plugin_of("shop", roots={"Query": Query})
    stock = plugin_of("stock", price, roots={"Query": Other})
    schema = schema_with(shop, stock)
    assert await answered(schema, "{ stock { paper { printedAt } price } }") == {
        "stock": {"paper": None, "price": 1}
    }


async def test_a_broken_schema_leaves_the_others() -> None:
    class JSON(graphene.ObjectType):  # type: ignore[misc]
        title = graphene.String()

    class Clashing(graphene.ObjectType):  # type: ignore[misc]
        json = graphene.Field(JSON)

    schema = schema_with(
        plugin_of("shop", roots=ROOTS), plugin_of("stock", price, roots={"Query": Clashing})
    )
    assert await answered(schema, "{ shop { later } stock { price } }") == {
        "shop": {"later": 1},
        "stock": {"price": 1},
    }
    ((label, failure),) = schema.left_out
    assert (label, failure.where) == ("stock", "stock.schema")
    assert "stock.schema is left out: TypeError: " in failure.message
    assert "the type name 'JSON' is the hub's own" in failure.message
    assert failure.traceback.startswith("Traceback")


async def test_two_schemas_that_do_not_go_together() -> None:
    def thing() -> Any:
        fields = {"title": graphene.String()}
        made = type("Thing", (graphene.ObjectType,), fields)
        return type("Query", (graphene.ObjectType,), {"thing": graphene.Field(made)})

    schema = schema_with(
        plugin_of("shop", price, roots={"Query": thing()}),
        plugin_of("stock", price, roots={"Query": thing()}),
    )
    query = "{ shop { price thing { title } } stock { price } }"
    assert await answered(schema, query) == {
        "shop": {"price": 1, "thing": None},
        "stock": {"price": 1},
    }
    ((label, failure),) = schema.left_out
    assert (label, "two types called 'Thing'" in failure.message) == ("stock", True)


class Person(DjangoObjectType):  # type: ignore[misc]
    class Meta:
        model = User
        fields = ("username", "groups")


class People(graphene.ObjectType):  # type: ignore[misc]
    people = graphene.List(Person)

    def resolve_people(self, info: Any) -> Any:
        return User.objects.order_by("username")


@pytest.mark.django_db(transaction=True)
async def test_rows_are_read_in_threads() -> None:
    await User.objects.acreate(username="ada")
    await User.objects.acreate(username="bob")
    data = await answered(schema_of(roots={"Query": People}), "{ shop { people { username } } }")
    assert data["shop"]["people"] == [{"username": "ada"}, {"username": "bob"}]
