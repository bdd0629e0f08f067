"""``cli.py``: ``add_arguments``, ``setup`` and ``teardown`` around ``serve``.

A module that has none of the three is no concern of the hub's.
"""

from __future__ import annotations

import inspect
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.containers import signature_for_others

Hook = Callable[[Mapping[str, Any]], object]

_PARTS: Final = ("add_arguments", "setup", "teardown")


@dataclass(frozen=True, slots=True)
class ServeHooks:
    """What a plugin does around ``serve``. ``names`` are its options with the names under which
    their values are kept."""

    add_arguments: Callable[[ArgumentParser], object] | None
    setup: Hook | None
    teardown: Hook | None
    names: tuple[str, ...] = ()


def read_serve_hooks(module: ModuleType, found: Found) -> Iterator[Contribution]:
    parts = {name: getattr(module, name, None) for name in _PARTS}
    present = {name: part for name, part in parts.items() if part is not None}
    if not present:
        return
    for name, part in present.items():
        _check(name, part)
    parser = own_parser(found.label, parts["add_arguments"])
    names = tuple(_names(parser))
    hooks = ServeHooks(parts["add_arguments"], parts["setup"], parts["teardown"], names)
    shown = [name for name in names if name.startswith("-")] + [
        name for name in _PARTS[1:] if name in present
    ]
    yield Contribution("serve", "serve", module.__name__, hooks, ", ".join(shown))


def own_parser(label: str, add_arguments: Callable[[ArgumentParser], object] | None) -> Any:
    """A parser with a plugin's options only, below a title of its own in the help."""
    parser = ArgumentParser(add_help=False)
    parser._optionals.title = f"options of the plugin {label}"
    if add_arguments is not None:
        add_arguments(parser)
    return parser


def _names(parser: Any) -> Iterator[str]:
    if parser._defaults:
        raise TypeError("add_arguments: an option has its own default; set_defaults() is not used")
    for action in parser._actions:
        if not action.option_strings:
            raise TypeError(f"add_arguments: '{action.dest}' must be an option such as --name")
        if action.required:
            raise TypeError(
                f"add_arguments: {action.option_strings[0]} can't be required, or the hub could "
                "not start without it: look for its value in setup(options)"
            )
        yield from action.option_strings
        yield action.dest


def _check(name: str, part: object) -> None:
    word = "parser" if name == "add_arguments" else "options"
    try:
        fits = callable(part) and not inspect.iscoroutinefunction(part)
        signature_for_others(part).bind(None)  # type: ignore[arg-type]
    except TypeError:
        fits = False
    if not fits:
        raise TypeError(f"'{name}' must be a plain function: def {name}({word})")
