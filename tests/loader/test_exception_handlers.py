"""``exceptions.py``: which functions count, and which declarations are refused."""

from __future__ import annotations

import pytest

from tests.loader.conftest import Shelf

IMPORT = "from hub.sdk import Conflict, exception_handler\n"


def test_a_contribution_for_each_class(shelf: Shelf) -> None:
    source = f"""{IMPORT}
@exception_handler(KeyError, OSError)
def lost(error):
    '''What is lost.'''
    return Conflict("lost")

@exception_handler(ValueError, everywhere=True)
def wrong(error):
    return Conflict("wrong")
"""
    shelf.plugin("shop", exceptions=source)
    plugin = shelf.loaded("shop")
    assert plugin.failures == ()
    assert [(entry.kind, entry.name, entry.detail) for entry in plugin.contributions] == [
        ("exception_handler", "builtins.KeyError", "in shop: What is lost."),
        ("exception_handler", "builtins.OSError", "in shop: What is lost."),
        ("exception_handler", "builtins.ValueError", "everywhere"),
    ]


def test_a_module_with_nothing_but_exceptions_contributes_nothing(shelf: Shelf) -> None:
    shelf.plugin("shop", exceptions="class SoldOut(Exception): ...\n")
    plugin = shelf.loaded("shop")
    assert (plugin.failures, plugin.contributions) == ((), ())


@pytest.mark.parametrize(
    ("decorator", "function", "sentence"),
    [
        ("()", "def one(error)", "@exception_handler names exception classes"),
        ("('x')", "def one(error)", "takes exception classes, not 'x'"),
        ("(int)", "def one(error)", "takes exception classes, not <class 'int'>"),
        ("(BaseException)", "def one(error)", "takes exception classes, not"),
        ("(Conflict)", "def one(error)", "Conflict is an error of the hub"),
        ("(Exception, everywhere=True)", "def one(error)", "it would hide every fault"),
        ("(OSError)", "async def one(error)", "a plain function that does not wait"),
    ],
)
def test_what_can_not_be_a_handler_degrades_the_plugin(
    shelf: Shelf, decorator: str, function: str, sentence: str
) -> None:
    shelf.plugin("shop", exceptions=f"{IMPORT}@exception_handler{decorator}\n{function}: ...\n")
    (failure,) = shelf.loaded("shop").failures
    assert sentence in failure.message


def test_two_handlers_of_one_class_collide_within_a_plugin_and_everywhere(shelf: Shelf) -> None:
    def source(*declared: str) -> str:
        functions = (
            f"@exception_handler({words})\ndef handler_{number}(error): ...\n"
            for number, words in enumerate(declared)
        )
        return IMPORT + "".join(functions)

    shelf.plugin("a", exceptions=source("OSError", "OSError", "KeyError, everywhere=True"))
    shelf.plugin("b", exceptions=source("OSError", "KeyError, everywhere=True"))
    shelf.plugin("c", exceptions=source("KeyError"))
    plugins = shelf.catalog().plugins
    messages = [failure.message for plugin in plugins.values() for failure in plugin.failures]
    assert len(messages) == 2
    assert "the exception handler 'builtins.OSError in a' is already taken by" in messages[0]
    assert "the exception handler 'builtins.KeyError everywhere' is already taken" in messages[1]
    kept = {label: [e.name for e in plugin.contributions] for label, plugin in plugins.items()}
    assert kept == {
        "a": ["builtins.OSError", "builtins.KeyError"],
        "b": ["builtins.OSError"],
        "c": ["builtins.KeyError"],
    }
