"""One broken module degrades its plugin; the others count."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry

from tests.loader.conftest import Shelf

ACTIONS = """
from hub.sdk import action

@action()
def works() -> int:
    return 1
"""


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("class", "SyntaxError"),
        ("raise SystemExit(1)", "SystemExit"),
    ],
)
@pytest.mark.parametrize("module", ["api", "schema", "consumers", "tasks", "admin"])
def test_a_broken_module_is_shown_and_the_rest_works(
    shelf: Shelf, module: str, source: str, error: str
) -> None:
    shelf.plugin("shop", actions=ACTIONS, **{module: source})
    plugin = shelf.loaded("shop")
    (failure,) = plugin.failures
    assert plugin.state == "degraded"
    assert failure.where == f"{shelf.folder.name}.shop.{module}"
    assert f"{module} is broken: {error}" in failure.message
    assert failure.traceback.startswith("Traceback")
    assert [entry.name for entry in plugin.contributed("action")] == ["shop.works"]


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("api", "", "it must define 'router', a django-ninja Router"),
        ("api", "router = 5", "'router' must be a django-ninja Router, not int"),
        ("schema", "", "it must define Query, Mutation or Subscription"),
        ("schema", "class Query: ...", "Query"),
        ("consumers", "", "it must define 'routes', a list of path() entries"),
        (
            "consumers",
            "from django.urls import path\n"
            "from hub.sdk.sockets import TextSocket\n"
            "class Echo(TextSocket):\n"
            "    access = 'everyone'\n"
            "routes = [path('echo', Echo.as_asgi())]",
            "Echo: 'access' must be an access rule such as allow_all, not 'everyone'",
        ),
        ("actions", "from hub.sdk import action\n@action\ndef f(): ...", "with parentheses"),
    ],
)
def test_a_module_without_what_it_is_for(
    shelf: Shelf, module: str, source: str, sentence: str
) -> None:
    shelf.plugin("shop", **{module: source})
    (failure,) = shelf.loaded("shop").failures
    assert sentence in failure.message


def test_a_plugin_without_modules_runs(shelf: Shelf) -> None:
    shelf.plugin("shop")
    plugin = shelf.loaded("shop")
    assert (plugin.state, plugin.contributions) == ("running", ())


def test_a_broken_admin_takes_its_models_along(shelf: Shelf) -> None:
    source = """
        from django.contrib import admin
        from django.contrib.admin.models import LogEntry

        @admin.register(LogEntry)
        class LogEntryAdmin(admin.ModelAdmin):
            pass

        raise RuntimeError
    """
    shelf.plugin("shop", admin=source)
    assert shelf.loaded("shop").state == "degraded"
    assert not admin.site.is_registered(LogEntry)


def test_a_schema_of_mutations_only(shelf: Shelf) -> None:
    source = """
        import graphene

        class Rename(graphene.Mutation):
            ok = graphene.Boolean()
            def mutate(root, info):
                return Rename(ok=True)

        class Mutation(graphene.ObjectType):
            rename = Rename.Field()
    """
    shelf.plugin("shop", schema=source)
    (contribution,) = shelf.loaded("shop").contributions
    assert set(contribution.value.types) == {"Rename"}
