"""A plugin whose injection has a fault is refused; those that don't need it run."""

from __future__ import annotations

import pytest

from hub.loader.catalog import PluginState
from tests.loader.conftest import Shelf, shelf

__all__ = ["shelf"]

A_NEEDS_B = """
from hub.sdk import provide

class A: ...

@provide()
class B:
    def __init__(self, a: A): ...
"""
GOOD = """
from hub.sdk import provide

@provide(scope="app")
class A: ...
"""


def test_a_missing_provider_refuses_the_plugin_and_names_the_path(shelf: Shelf) -> None:
    shelf.plugin("halved", providers=A_NEEDS_B, actions="from hub.sdk import action")
    shelf.plugin("whole", providers=GOOD)
    catalog = shelf.catalog()
    halved = catalog.plugins["halved"]
    assert halved.state is PluginState.REFUSED
    (failure,) = halved.failures
    assert failure.message == "halved: B → A is not provided: no provider makes it."
    assert failure.where.endswith("halved.providers")
    assert not halved.contributions
    assert catalog.plugins["whole"].state is PluginState.RUNNING


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("actions", "@action()\ndef use(a: Injected[int]) -> None: ..."),
        ("health", "@health_check()\ndef use(a: Injected[int]) -> None: ..."),
        ("tasks", "@shared_task\ndef use(a: Injected[int]) -> None: ..."),
        ("signals", "@on_signal(signals.hub_started)\ndef use(event, a: Injected[int]): ..."),
        ("cli", "def setup(options, a: Injected[int]): ..."),
        (
            "middleware",
            "@middleware()\nclass use:\n  def __init__(self, app, a: Injected[int]): ...\n"
            "  async def __call__(self, scope, receive, send): ...",
        ),
        (
            "consumers",
            "class use(JsonSocket):\n  a: Injected[int]\nroutes = [path('x', use.as_asgi())]",
        ),
        (
            "api",
            "router = Router()\n@router.get('/')\ndef use(request, a: Injected[int]) -> int: ...",
        ),
    ],
)
def test_whatever_asks_for_what_nobody_provides_is_named(
    shelf: Shelf, module: str, source: str
) -> None:
    imports = (
        "from celery import shared_task\nfrom django.urls import path\nfrom ninja import Router\n"
        "from hub.sdk import Injected, action, health_check, middleware, on_signal, signals\n"
        "from hub.sdk.sockets import JsonSocket\n"
    )
    shelf.plugin("halved", **{module: imports + source})
    halved = shelf.loaded("halved")
    assert halved.state is PluginState.REFUSED
    (failure,) = halved.failures
    name = "setup" if module == "cli" else "use"
    assert failure.message == f"halved: {name} → int is not provided: no provider makes it."


def test_plugins_use_the_providers_of_those_they_require(shelf: Shelf) -> None:
    package = shelf.folder.name
    use = f"from {package}.base.providers import A\nfrom hub.sdk import provide\n"
    use += "@provide()\nclass B:\n  def __init__(self, a: A): ..."
    shelf.plugin("base", providers=GOOD)
    shelf.plugin("joined", requires=("base",), providers=use)
    shelf.plugin("apart", providers=use)
    catalog = shelf.catalog()
    assert catalog.plugins["joined"].state is PluginState.RUNNING
    (failure,) = catalog.plugins["apart"].failures
    assert failure.message == (
        "apart: B → A is not provided: the plugin 'base' provides it; add it to requires_plugins."
    )


def test_who_requires_a_refused_plugin_is_refused(shelf: Shelf) -> None:
    shelf.plugin("base", providers=A_NEEDS_B)
    shelf.plugin("upper", requires=("base",))
    (failure,) = shelf.loaded("upper").failures
    assert failure.message == "it requires the plugin 'base', which is refused itself."


def test_a_provider_that_can_not_be_read_degrades_the_plugin(shelf: Shelf) -> None:
    shelf.plugin("odd", providers="from hub.sdk import provide\n@provide()\ndef a(): ...")
    odd = shelf.loaded("odd")
    assert odd.state is PluginState.DEGRADED
    assert "the provider" in odd.failures[0].message
    assert "a can't be read: " in odd.failures[0].message


def test_a_class_with_marked_methods_is_made_once_and_provides(shelf: Shelf) -> None:
    shelf.plugin(
        "stock",
        providers="""
        from typing import Self
        from hub.sdk import provide, provided

        class Pool: ...
        class Session: ...
        class Listed: ...

        class Stock:
            @provide(scope="app")
            def pool(self) -> Pool: return Pool()
            @provide()
            async def session(self, pool: Pool) -> Session: return Session()

        class Ticket:
            @provide()
            @classmethod
            def outside(cls, session: Session) -> Self: return cls()

        class Token:
            @classmethod
            @provide()
            def inside(cls, session: Session) -> Self: return cls()

        providers = [provided(Listed, scope="app")]
        """,
    )
    stock = shelf.loaded("stock")
    assert stock.failures == ()
    names = [entry.name for entry in stock.contributed("provider")]
    assert names == [
        "stock.Stock", "stock.Pool", "stock.Session", "stock.Ticket", "stock.Token", "stock.Listed",
    ]  # fmt: skip


@pytest.mark.parametrize("listed", ["7", "[7]"])
def test_a_wrong_list_of_providers_is_told(shelf: Shelf, listed: str) -> None:
    shelf.plugin("odd", providers=f"providers = {listed}")
    assert "'providers' must be a list of provided(…)" in shelf.loaded("odd").failures[0].message


MIDDLEWARE = """
from {providers} import Paper
from hub.sdk import Injected, middleware

@middleware()
class Stamp:
    def __init__(self, app, paper: Injected[Paper]): ...
    async def __call__(self, scope, receive, send): ...
"""


@pytest.mark.parametrize(("scope", "state"), [("app", "running"), ("call", "refused")])
def test_middleware_is_given_only_what_lives_as_long(shelf: Shelf, scope: str, state: str) -> None:
    providers = f"from hub.sdk import provide\n@provide(scope={scope!r})\nclass Paper: ..."
    middleware = MIDDLEWARE.format(providers=f"{shelf.folder.name}.shop.providers")
    shelf.plugin("shop", providers=providers, middleware=middleware)
    shop = shelf.loaded("shop")
    assert shop.state.value == state
    wrong = [failure.message for failure in shop.failures]
    expected = (
        "shop: Stamp → Paper is wrongly scoped: what is made once a process (scope 'app') can't "
        "hold what is made for one call (scope 'call')."
    )
    assert wrong == ([] if state == "running" else [expected])
