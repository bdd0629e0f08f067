"""``middleware.py``: what counts as middleware, and what is refused with a sentence."""

from __future__ import annotations

import pytest

from hub.loader.catalog import Plugin
from hub.web.lane.plugin_middleware import in_order
from tests.loader.conftest import Shelf

CLASS = """
class {name}:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)
"""

IMPORT = "from hub.sdk import Ordered, middleware\n"


def names(plugin: Plugin) -> list[str]:
    return [entry.name for entry in plugin.contributed("middleware")]


def test_a_marked_class_and_a_marked_function(shelf: Shelf) -> None:
    source = f"""{IMPORT}
@middleware(order=3){CLASS.format(name="Timing")}

@middleware()
def plain(app):
    async def through(scope, receive, send):
        await app(scope, receive, send)
    return through
"""
    shelf.plugin("shop", middleware=source)
    plugin = shelf.loaded("shop")
    assert (plugin.failures, names(plugin)) == ((), ["shop.Timing", "shop.plain"])
    assert [entry.value.order for entry in plugin.contributed("middleware")] == [3, 0]


def test_a_list_adds_those_made_elsewhere_and_counts_before_the_mark(shelf: Shelf) -> None:
    shelf.plugin("lib", parts=IMPORT + CLASS.format(name="Other") + CLASS.format(name="Third"))
    source = (
        f"from hub.sdk import Ordered\nfrom hub.sdk import middleware as mark\n"
        f"from {shelf.folder.name}.lib.parts import Other, Third\n"
        f"@mark(order=1){CLASS.format(name='Own')}\n"
        "middleware = [Ordered(Own, order=9), Other, Ordered(Third, order=50)]\n"
    )
    shelf.plugin("shop", middleware=source)
    plugin = shelf.loaded("shop")
    assert plugin.failures == ()
    found = {entry.name: entry.value.order for entry in plugin.contributed("middleware")}
    assert found == {"shop.Own": 9, "shop.Other": 0, "shop.Third": 50}


def test_what_is_imported_or_inherited_is_none(shelf: Shelf) -> None:
    shelf.plugin("lib", parts=f"{IMPORT}@middleware(){CLASS.format(name='Other')}")
    source = f"from {shelf.folder.name}.lib.parts import Other\nclass Mine(Other): ...\n"
    shelf.plugin("shop", middleware=source)
    plugin = shelf.loaded("shop")
    assert (plugin.failures, names(plugin)) == ((), [])


def test_order_then_dependencies_then_as_written(shelf: Shelf) -> None:
    source = f"{IMPORT}@middleware(order={{}}){CLASS.format(name='A')}\n@middleware(order={{}})"
    source += CLASS.format(name="B")
    shelf.plugin("a_late", requires=("z_early",), middleware=source.format(0, -1))
    shelf.plugin("z_early", middleware=source.format(0, 0))
    order = [entry.name for _, entry in in_order(shelf.catalog())]
    assert order == ["a_late.B", "z_early.A", "z_early.B", "a_late.A"]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("middleware = 5", "'middleware' must be a list of classes, functions or Ordered(…)"),
        ("middleware = ['x']", "A middleware is a class, or a plain function, that takes"),
        ("async def one(app): ...\nmiddleware = [one]", "A middleware is a class, or a plain"),
        ("from hub.sdk import Ordered\nmiddleware = [Ordered(print, order='1')]",
         "order= is a whole number, not '1'"),
        ("def one(app): ...\nmiddleware = [one]", "one(app) must give an ASGI application"),
        ("class One: ...\nmiddleware = [One]", "One() takes no arguments"),
        ("def one(app):\n    async def two(scope): ...\n    return two\nmiddleware = [one]",
         "one: it is called with (scope, receive, send)"),
        ("def one(app):\n    def two(a, b, c): ...\n    return two\nmiddleware = [one]",
         "one(app) must give an ASGI application"),
        ("def one(app):\n    raise LookupError('no key')\nmiddleware = [one]",
         "LookupError: no key"),
        ("import nothing_there", "No module named 'nothing_there'"),
    ],
)  # fmt: skip
def test_what_can_not_be_middleware_degrades_the_plugin(
    shelf: Shelf, source: str, sentence: str
) -> None:
    shelf.plugin("shop", middleware=source, health="from hub.sdk import health_check\n")
    plugin = shelf.loaded("shop")
    (failure,) = plugin.failures
    assert (plugin.state, failure.where) == ("degraded", f"{shelf.folder.name}.shop.middleware")
    assert sentence in failure.message
    assert "Traceback" in failure.traceback


def test_two_of_one_name_collide(shelf: Shelf) -> None:
    shelf.plugin("lib", parts=CLASS.format(name="Same"))
    source = (
        CLASS.format(name="Same")
        + f"from {shelf.folder.name}.lib import parts\nmiddleware = [Same, parts.Same]"
    )
    shelf.plugin("shop", middleware=source)
    (failure,) = shelf.loaded("shop").failures
    assert "the middleware 'shop.Same' is already taken by" in failure.message
