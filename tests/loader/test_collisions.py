"""What two plugins, or two modules of one, both claim goes to the first, loudly."""

from __future__ import annotations

import pytest

from hub.loader.catalog import Contribution, Plugin
from hub.loader.collisions import without_collisions
from hub.loader.modules.graphql import GraphQLSchema, camel_case
from hub.loader.web_paths import normalised
from tests.loader.conftest import Shelf

ACTIONS = """
from hub.sdk import action, get, post

{first}
def one(a: int = 0, b: int = 0) -> int:
    return 1

{second}
def two(a: int = 0, b: int = 0) -> int:
    return 2
"""

ROUTER = """
from ninja import Router

router = Router()
nested = Router()

@router.{method}("{path}")
def route(request, a: int):
    return 1

@nested.get("/deep/{{str:b}}")
def deep(request, b: str):
    return 1

router.add_router("/nested", nested)
"""

SCHEMA = """
import graphene

class {name}(graphene.ObjectType):
    text = graphene.String()

class Query(graphene.ObjectType):
    thing = graphene.Field({name})
    at = graphene.DateTime()
"""

TASK = """
from celery import shared_task

@shared_task{name}
def {function}():
    return 1
"""


def names(plugin: Plugin, kind: str) -> list[str]:
    return [entry.name.rpartition(".")[2] for entry in plugin.contributed(kind)]


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ('@action(get("/x/{a}"))', '@action(get("/x/{b}"))', "GET /api/shop/x/{}"),
        ('@action(get("/x"))', '@action(get("/x/"))', "GET /api/shop/x"),
        ('@action(get("/two"))', "@action(get())", "GET /api/shop/two"),
        ('@action(get("/x/{a}"))', '@action(post("/x/{b}"))', ""),
        ('@action(get("/static"))', '@action(get("/static2"))', ""),
        ('@action(get("/x/{a}"))', '@action(get("/x/fixed"))', ""),
        ('@action(get("/x"), post("/x"))', '@action(get("/y"), post("/y"))', ""),
        ('@action(get(), get("/one"))', "@action()", ""),
    ],
)
def test_routes_of_actions(shelf: Shelf, first: str, second: str, clash: str) -> None:
    shelf.plugin("shop", actions=ACTIONS.format(first=first, second=second))
    plugin = shelf.loaded("shop")
    if not clash:
        assert (plugin.failures, names(plugin, "action")) == ((), ["one", "two"])
        return
    (failure,) = plugin.failures
    assert f"the route '{clash}' is already taken by" in failure.message
    assert failure.message.endswith("'shop.two' is left out.")
    assert (plugin.state, names(plugin, "action")) == ("degraded", ["one"])


@pytest.mark.parametrize(
    ("method", "path", "clash"),
    [
        ("get", "/x/{int:a}", True),
        ("get", "x/{a}", True),
        ("get", "/two", True),
        ("post", "/x/{a}", False),
        ("get", "/x", False),
        ("get", "/x/{a}/more", False),
    ],
)
def test_a_ninja_router_and_an_action(shelf: Shelf, method: str, path: str, clash: bool) -> None:
    actions = ACTIONS.format(first='@action(get("/x/{b}"))', second="@action(get())")
    shelf.plugin("shop", actions=actions, api=ROUTER.format(method=method, path=path))
    plugin = shelf.loaded("shop")
    assert bool(plugin.failures) is clash
    assert bool(list(plugin.contributed("router"))) is not clash
    assert names(plugin, "action") == ["one", "two"]


def test_a_nested_router_counts(shelf: Shelf) -> None:
    actions = ACTIONS.format(first='@action(get("/nested/deep/{a}"))', second="@action()")
    shelf.plugin("shop", actions=actions, api=ROUTER.format(method="get", path="/free"))
    (failure,) = shelf.loaded("shop").failures
    assert "route 'GET /api/shop/nested/deep/{}'" in failure.message


def test_the_same_route_below_two_mounts_is_none(shelf: Shelf) -> None:
    actions = ACTIONS.format(first='@action(get("/x"))', second="@action()")
    shelf.plugin("shop", actions=actions)
    shelf.plugin("stock", actions=actions)
    assert not any(plugin.failures for plugin in shelf.catalog())


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("/api/a/{x}", "/api/a/{}"),
        ("/api/a/{int:x}/", "/api/a/{}"),
        ("/api/a/<int:x>", "/api/a/{}"),
        ("/api/a/(?P<x>[^/]+)$", "/api/a/{}"),
        ("/api/a", "/api/a"),
        ("/", "/"),
    ],
)
def test_notations_of_one_route(path: str, same: str) -> None:
    assert normalised(path) == same


def test_graphql_types_of_one_name(shelf: Shelf) -> None:
    shelf.plugin("shop", schema=SCHEMA.format(name="Article"))
    shelf.plugin("stock", schema=SCHEMA.format(name="Article"))
    shelf.plugin("tills", schema=SCHEMA.format(name="Till"))
    plugins = shelf.catalog().plugins
    (failure,) = plugins["stock"].failures
    assert "the GraphQL type 'Article' is already taken" in failure.message
    assert "(plugin 'shop'); 'stock' is left out." in failure.message
    assert [len(names(plugin, "graphql")) for plugin in plugins.values()] == [1, 0, 1]


def test_graphql_root_fields_of_one_name() -> None:
    def plugin(label: str) -> Plugin:
        field = camel_case(label)
        schema = Contribution("graphql", field, f"{label}.schema", GraphQLSchema({}, field, {}))
        return Plugin(label=label, package=label, source="test", contributions=(schema,))

    first, second = without_collisions((plugin("till_box"), plugin("till__box")))
    (failure,) = second.failures
    assert (first.failures, second.contributions) == ((), ())
    assert "the GraphQL root field 'tillBox' is already taken" in failure.message


@pytest.mark.filterwarnings("ignore::celery.exceptions.DuplicateTaskNameWarning")
def test_tasks_of_one_name(shelf: Shelf) -> None:
    name = f'(name="{shelf.folder.name}.tidy")'
    shelf.plugin("shop", tasks=TASK.format(name=name, function="tidy"))
    shelf.plugin("stock", tasks=TASK.format(name=name, function="clean"))
    shelf.plugin("tills", tasks=TASK.format(name="", function="tidy"))
    plugins = shelf.catalog().plugins
    (failure,) = plugins["stock"].failures
    assert f"the task '{shelf.folder.name}.tidy' is already taken" in failure.message
    assert [len(names(plugin, "task")) for plugin in plugins.values()] == [1, 0, 1]


def test_an_imported_task_is_no_contribution(shelf: Shelf) -> None:
    shelf.plugin("shop", tasks=TASK.format(name="", function="tidy"))
    shelf.plugin("stock", tasks=f"from {shelf.folder.name}.shop.tasks import tidy")
    plugin = shelf.loaded("stock")
    assert (plugin.failures, names(plugin, "task")) == ((), [])


def test_websocket_routes(shelf: Shelf) -> None:
    consumers = """
        from django.urls import path, re_path

        def consumer(scope, receive, send): ...

        routes = [
            path("live/<int:a>/", consumer),
            re_path(r"^live/(?P<b>[^/]+)$", consumer),
            path("other/", consumer),
        ]
    """
    shelf.plugin("shop", consumers=consumers)
    plugin = shelf.loaded("shop")
    (failure,) = plugin.failures
    assert "the WebSocket route '/ws/shop/live/{}' is already taken" in failure.message
    assert len(list(plugin.contributed("websocket"))) == 2


CHANNEL = """
from hub.sdk import channel

@channel("pigeon")
class Pigeon:
    def serves(self, method): return True
    def call(self, call, address): return None
    async def acall(self, call, address): return None
    def close(self): pass
"""


def test_channels_of_two_plugins(shelf: Shelf) -> None:
    shelf.plugin("loft", services=CHANNEL)
    shelf.plugin("shop", services=CHANNEL)
    first, second = (shelf.loaded(label) for label in ("loft", "shop"))
    assert names(first, "channel") == ["pigeon"]
    assert names(second, "channel") == []
    (failure,) = second.failures
    assert "the channel 'pigeon' is already taken by" in failure.message
