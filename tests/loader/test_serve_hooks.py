"""``cli.py``: what a plugin may do around ``serve``, as it is declared."""

from __future__ import annotations

import pytest

from tests.loader.conftest import Shelf

OPTIONS = """
def add_arguments(parser):
    parser.add_argument("--sign", "-S", dest="door")
    parser.add_argument("--loud", action="store_true")
"""


def test_options_setup_and_teardown_are_one_contribution(shelf: Shelf) -> None:
    shelf.plugin("shop", cli=f"{OPTIONS}\ndef setup(options): ...\ndef teardown(options): ...")
    plugin = shelf.loaded("shop")
    (entry,) = plugin.contributions
    assert plugin.failures == ()
    told = (entry.kind, entry.name, entry.detail)
    assert told == ("serve", "serve", "--sign, -S, --loud, setup, teardown")
    assert entry.value.names == ("--sign", "-S", "door", "--loud", "loud")


def test_another_module_of_the_name_is_no_concern(shelf: Shelf) -> None:
    shelf.plugin("shop", cli="def main(): ...")
    plugin = shelf.loaded("shop")
    assert (plugin.failures, plugin.contributions) == ((), ())


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("setup = 3", "'setup' must be a plain function: def setup(options)"),
        ("def setup(): ...", "'setup' must be a plain function: def setup(options)"),
        ("async def teardown(options): ...", "'teardown' must be a plain function"),
        ("def add_arguments(a, b): ...", "plain function: def add_arguments(parser)"),
        ("def add_arguments(p): p.add_argument('name')", "'name' must be an option such as"),
        ("def add_arguments(p): p.add_argument('--x', required=True)", "--x can't be required"),
        ("def add_arguments(p): p.set_defaults(port=1)", "set_defaults() is not used"),
        ("def add_arguments(p): p.add_argument('--x', type=3)", "3 is not callable"),
        ("def add_arguments(p): [p.add_argument('--x') for _ in 'ab']", "conflicting option"),
    ],
)
def test_what_can_not_be_done_around_serve_degrades_the_plugin(
    shelf: Shelf, source: str, sentence: str
) -> None:
    shelf.plugin("shop", cli=source)
    plugin = shelf.loaded("shop")
    (failure,) = plugin.failures
    assert sentence in failure.message
    assert plugin.state == "degraded"


def test_two_plugins_with_one_option_collide(shelf: Shelf) -> None:
    shelf.plugin("a", cli=OPTIONS)
    shelf.plugin("b", cli="def add_arguments(parser): parser.add_argument('--door')")
    plugins = shelf.catalog().plugins
    (failure,) = plugins["b"].failures
    assert "the option of serve 'door' is already taken by" in failure.message
    assert plugins["b"].contributions == ()
