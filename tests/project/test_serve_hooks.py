"""Setup and teardown of plugins around a server, and their options."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest
from django.core.management.base import CommandParser

from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.loader.modules.cli import ServeHooks, own_parser
from hub.operations import switches
from hub.project.serve_hooks import Around, SetupFailed, add_plugin_options, taken_options

Log = list[str]


@pytest.fixture(autouse=True)
def off(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    labels: set[str] = set()
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset(labels))
    yield labels


def catalog(**hooks: ServeHooks) -> Catalog:
    return Catalog(
        MappingProxyType(
            {
                label: Plugin(
                    label=label,
                    package=label,
                    source="test",
                    contributions=(Contribution("serve", label, f"{label}.cli", each),),
                )
                for label, each in hooks.items()
            }
        )
    )


def telling(log: Log, word: str, error: BaseException | None = None) -> Callable[[Any], None]:
    def hook(options: Any) -> None:
        log.append(f"{word} {options['port']}")
        if error is not None:
            raise error

    return hook


def hooks(log: Log, name: str, **errors: BaseException) -> ServeHooks:
    setup = telling(log, f"+{name}", errors.get("setup"))
    return ServeHooks(None, setup, telling(log, f"-{name}", errors.get("teardown")))


def around(**each: ServeHooks) -> Around:
    return Around(catalog(**each), {"port": 1}, left_out=frozenset())


def test_teardowns_run_once_in_reverse() -> None:
    log: Log = []
    both = around(a=hooks(log, "a"), b=hooks(log, "b"), c=ServeHooks(None, None, None))
    both.setup()
    assert both.teardown()
    assert both.teardown()
    assert log == ["+a 1", "+b 1", "-b 1", "-a 1"]


@pytest.mark.parametrize("error", [LookupError("no door"), SystemExit("no door")])
def test_a_setup_that_fails_names_its_plugin_and_undoes_those_before(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    log: Log = []
    failing = around(a=hooks(log, "a"), b=hooks(log, "b", setup=error), c=hooks(log, "c"))
    reason = rf"The setup of the plugin 'b' failed: {type(error).__name__}: no door"
    with pytest.raises(SetupFailed, match=reason):
        failing.setup()
    assert log == ["+a 1", "+b 1", "-a 1"]
    assert caplog.records[0].exc_info


def test_every_teardown_runs_whatever_the_others_do(caplog: pytest.LogCaptureFixture) -> None:
    log: Log = []
    error = OSError("stuck")
    both = around(a=hooks(log, "a", teardown=error), b=hooks(log, "b", teardown=SystemExit(2)))
    both.setup()
    assert not both.teardown()
    assert log[2:] == ["-b 1", "-a 1"]
    told = [each.getMessage() for each in caplog.records if each.name.startswith("hub.project")]
    assert told == [
        "The teardown of the plugin 'b' failed.",
        "The teardown of the plugin 'a' failed.",
    ]


def test_switched_off_plugins_and_those_left_out_do_nothing(off: set[str]) -> None:
    log: Log = []
    off.add("a")
    some = Around(
        catalog(a=hooks(log, "a"), b=hooks(log, "b"), c=hooks(log, "c")),
        {"port": 1},
        left_out=frozenset({"b"}),
    )
    some.setup()
    some.teardown()
    assert log == ["+c 1", "-c 1"]


def option(*names: str, **more: Any) -> ServeHooks:
    def add_arguments(parser: ArgumentParser) -> None:
        parser.add_argument(*names, **more)

    made = own_parser("x", add_arguments)
    found = [name for action in made._actions for name in (*action.option_strings, action.dest)]
    return ServeHooks(add_arguments, None, None, tuple(found))


def test_options_stand_below_their_plugin_in_the_help() -> None:
    parser = CommandParser()
    found = catalog(shop=option("--shop-sign", help="what the door says"))
    assert add_plugin_options(parser, found) == frozenset()
    assert "options of the plugin shop:\n  --shop-sign" in parser.format_help()
    assert parser.parse_args(["--shop-sign", "hi"]).shop_sign == "hi"


@pytest.mark.parametrize(
    ("names", "more", "clash"),
    [
        (["--port"], {}, "--port"),
        (["--shop-port"], {"dest": "port"}, "port"),
        (["--settings"], {}, "--settings"),
        (["-v"], {}, "-v"),
    ],
)
def test_options_that_serve_has_are_a_failure(
    names: list[str], more: dict[str, Any], clash: str
) -> None:
    found = catalog(good=option("--good"), shop=option(*names, **more))
    ((label, failure),) = taken_options(found)
    assert label == "shop"
    assert f"shop.cli: serve has '{clash}' already" in failure.message
