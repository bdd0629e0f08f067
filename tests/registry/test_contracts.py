"""A new version, or a new contract, becomes a row: what changed, and whether callers break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from ninja import Router, Schema

from hub.loader.catalog import Contribution, Failure, Plugin
from hub.registry.contract_changes import difference
from hub.registry.models import PluginChange
from hub.registry.sync import sync
from hub.sdk import Caller, Injected, action, allow_all, get
from tests.registry.catalogs import engine_of, plugin, refused

pytestmark = pytest.mark.django_db


@dataclass
class Soup:
    kind: str
    hot: bool = True


@dataclass
class Stew:
    kind: int


def cook(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """As an action of one name, whatever the function is called."""
    function.__name__ = "cook"
    return action(get(), **{"access": allow_all, **options})(function)


def before() -> Callable[..., Any]:
    def made(kind: str, portions: int = 2) -> Soup:
        """Cook."""
        raise NotImplementedError

    return cook(made)


def change_to(now: Callable[..., Any], *, version: str = "1.1") -> PluginChange | None:
    sync(engine_of(plugin("kitchen", before(), version="1.0")))
    sync(engine_of(plugin("kitchen", now, version=version)))
    return PluginChange.objects.first()


def test_the_first_time_is_no_change() -> None:
    sync(engine_of(plugin("kitchen", before())))
    assert not PluginChange.objects.exists()


def test_other_words_are_no_change() -> None:
    def made(kind: str, portions: int = 2) -> Soup:
        """Cook, described anew."""
        raise NotImplementedError

    assert change_to(cook(made), version="1.0") is None


def test_a_new_version_alone_is_noted() -> None:
    change = change_to(before())
    assert change is not None
    assert (change.from_version, change.to_version, change.breaking) == ("1.0", "1.1", False)
    assert (change.added, change.changed, change.removed) == ([], [], [])


def test_an_optional_parameter_breaks_nobody() -> None:
    def made(kind: str, portions: int = 2, spicy: bool = False) -> Soup:
        raise NotImplementedError

    change = change_to(cook(made))
    assert change is not None
    (entry,) = change.changed
    assert entry == {
        "item": "operation kitchen.cook",
        "what": ["parameter 'spicy' is new"],
        "breaking": False,
    }
    assert not change.breaking


def needs_more(kind: str, portions: int = 2, *, size: int) -> Soup:
    raise NotImplementedError


def takes_less(kind: str) -> Soup:
    raise NotImplementedError


def takes_another(kind: int, portions: int = 2) -> Soup:
    raise NotImplementedError


def gives_another(kind: str, portions: int = 2) -> Stew:
    raise NotImplementedError


def gives_a_text(kind: str, portions: int = 2) -> str:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (needs_more, ["parameter 'size' is new and required"]),
        (takes_less, ["parameter 'portions' is gone"]),
        (takes_another, ["parameter 'kind' has another type"]),
        (gives_another, ["member 'hot' is gone", "member 'kind' has another type"]),
        (
            gives_a_text,
            [
                "member 'hot' is gone",
                "member 'kind' is gone",
                "the result has no members any more",
            ],
        ),
    ],
)
def test_what_breaks_callers_says_so(made: Callable[..., Any], what: list[str]) -> None:
    change = change_to(cook(made))
    assert change is not None
    (entry,) = change.changed
    assert (entry["what"], entry["breaking"], change.breaking) == (what, True, True)


def test_another_access_breaks_unless_it_opens() -> None:
    closed = {"says": {"access": "signed-in callers"}}
    opened = {"says": {"access": "everyone"}}
    assert not difference({"operation a.b": closed}, {"operation a.b": opened}).breaking
    assert difference({"operation a.b": opened}, {"operation a.b": closed}).breaking


def test_a_task_that_goes_breaks_no_caller() -> None:
    assert not difference({"task a.b": {}}, {}).breaking
    assert difference({"route GET /api/a/b": {}}, {}).breaking


def test_a_contract_that_changes_without_its_version_is_flagged() -> None:
    def made() -> str:
        raise NotImplementedError

    change = change_to(cook(made), version="1.0")
    assert change is not None
    assert (change.unversioned, change.breaking) == (True, True)


def test_added_and_removed_items_are_named() -> None:
    def other() -> str:
        raise NotImplementedError

    change = change_to(action(get(), access=allow_all)(other))
    assert change is not None
    assert change.added == ["operation kitchen.other", "route GET /api/kitchen/other"]
    assert change.removed == ["operation kitchen.cook", "route GET /api/kitchen/cook"]
    assert change.breaking


def test_what_is_broken_for_the_moment_is_not_removed() -> None:
    sync(engine_of(plugin("kitchen", before(), version="1.0")))
    failure = Failure("plugins.kitchen.actions", "broken", "")
    sync(engine_of(plugin("kitchen", failures=[failure], version="1.0")))
    sync(engine_of(refused("kitchen", "it needs hub >=9")))
    sync(engine_of(plugin("kitchen", before(), version="1.0")))
    assert not PluginChange.objects.exists()


def test_graphql_types_belong_to_it() -> None:
    old = {"GraphQL type Item": {"gives": {"title": "String", "count": "Int!"}}}
    new = {"GraphQL type Item": {"gives": {"title": "String!", "size": "Int"}}}
    (entry,) = difference(old, new).changed
    assert entry.what == (
        "field 'count' is gone",
        "field 'size' is new",
        "field 'title' has another type",
    )
    assert entry.breaking


def reader() -> Client:
    user = User.objects.create_user("ann")
    user.user_permissions.set(Permission.objects.filter(codename="view_plugin"))
    client = Client()
    client.force_login(user)
    return client


def test_changes_are_read_over_rest() -> None:
    change_to(cook(needs_more))
    client = reader()
    answer = client.get("/api/registry/plugins/kitchen/changes")
    assert answer.status_code == 200, answer.content
    (entry,) = answer.json()["results"]
    assert (entry["from_version"], entry["to_version"]) == ("1.0", "1.1")
    assert entry["changed"][0]["what"] == ["parameter 'size' is new and required"]
    assert client.get("/api/registry/plugins/kitchen/changes?nonsense=1").status_code == 422
    assert client.get("/api/registry/plugins/nobody/changes").status_code == 404
    assert Client().get("/api/registry/plugins/kitchen/changes").status_code == 401


def test_a_plugin_tells_of_its_start_and_who_requires_it() -> None:
    from hub.operations.engine import engine

    sync(engine())
    body = reader().get("/api/registry/plugins/greeter").json()
    assert body["start_ms"] > 0
    assert [step["step"] for step in body["start"]][:3] == ["manifest", "models", "ready"]
    assert body["required_by"] == []
    assert body["settings_schema"]["properties"]["greeting"]["default"] == "Hello"


class Pot(Schema):
    litres: int
    lid: bool = True


class Order(Schema):
    guest: str
    hungry: bool = False


def kitchen_with(router: Router, *, version: str) -> Plugin:
    made = Contribution("router", "/api/kitchen/", "kitchen.api", router)
    return replace(plugin("kitchen", version=version), contributions=(made,))


def routed(*views: Callable[..., Any], response: Any = Pot) -> Router:
    router = Router()
    for view in views:
        router.post("/pots/{number}", response=response)(view)
    return router


def ninja_change(old: Router, new: Router) -> PluginChange | None:
    sync(engine_of(kitchen_with(old, version="1.0")))
    sync(engine_of(kitchen_with(new, version="1.1")))
    return PluginChange.objects.first()


def fill(request: Any, number: int, order: Order, quick: bool = False) -> Any:
    """Fill a pot."""


def test_what_a_ninja_route_takes_and_gives_belongs_to_it() -> None:
    def changed(request: Any, number: str, order: Order, table: int) -> Any: ...

    class Order(Schema):
        guest: str
        seats: int = 2

    changed.__annotations__["order"] = Order

    class Pan(Schema):
        litres: float

    change = ninja_change(routed(fill), routed(changed, response=Pan))
    assert change is not None
    (entry,) = change.changed
    assert entry["item"] == "route POST /api/kitchen/pots/{number}"
    assert change.breaking
    assert entry["what"] == [
        "parameter 'hungry' is gone",
        "parameter 'quick' is gone",
        "parameter 'seats' is new",
        "parameter 'table' is new and required",
        "parameter 'number' has another type",
        "member 'lid' is gone",
        "member 'litres' has another type",
    ]


def test_what_the_hub_fills_in_is_no_part_of_a_ninja_route() -> None:
    def filled(
        request: Any, number: int, order: Order, who: Injected[Caller], quick: bool = False
    ) -> Any:
        """Described anew."""

    change = ninja_change(routed(fill), routed(filled))
    assert change is not None
    assert (change.added, change.changed, change.removed) == ([], [], [])
