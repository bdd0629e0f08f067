"""What plugins do around ``serve``: options of their own, setup before it and teardown after."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from django.core.management import load_command_class
from django.core.management.base import CommandParser

from hub.loader.catalog import Catalog, Contribution, Failure
from hub.loader.modules.cli import Hook, ServeHooks, own_parser
from hub.operations import switches
from hub.operations.engine import engine
from hub.project.servers.orders import end_at_once

logger = logging.getLogger(__name__)


class SetupFailed(Exception):
    """Whose setup kept the hub from starting, as a sentence."""


class ToldToStop(BaseException):
    """By TERM or INT, while plugins were set up; those that were are torn down."""


def add_plugin_options(parser: CommandParser, catalog: Catalog) -> frozenset[str]:
    """The plugins' options, each plugin's below a title. Returns the labels of those that are left
    out, since they take what the parser has already."""
    left_out = frozenset(label for label, _ in _clashes(parser, catalog))
    for label, contribution in _contributions(catalog):
        hooks: ServeHooks = contribution.value
        if label not in left_out and hooks.add_arguments is not None:
            parser._add_container_actions(own_parser(label, hooks.add_arguments))
    return left_out


def taken_options(catalog: Catalog) -> Iterator[tuple[str, Failure]]:
    """Plugins whose options ``serve`` has already, with what is wrong."""
    if not any(_contributions(catalog)):
        return
    command: Any = load_command_class("hub.project", "serve")
    command.plugins = False
    yield from _clashes(command.create_parser("hub", "serve"), catalog)


def _clashes(parser: CommandParser, catalog: Catalog) -> Iterator[tuple[str, Failure]]:
    taken = {name for action in parser._actions for name in (*action.option_strings, action.dest)}
    for label, contribution in _contributions(catalog):
        clash = next((name for name in contribution.value.names if name in taken), None)
        if clash is not None:
            message = (
                f"{contribution.module}: serve has '{clash}' already; the plugin's options, setup "
                "and teardown are left out."
            )
            yield label, Failure(contribution.module, message)


class Around:
    """Setup and teardown of the plugins that are on, in one process that serves."""

    def __init__(
        self, catalog: Catalog, options: Mapping[str, Any], *, left_out: frozenset[str]
    ) -> None:
        self._options = MappingProxyType(dict(options))
        self._hooks: list[tuple[str, ServeHooks]] = [
            (label, contribution.value)
            for label, contribution in _contributions(catalog)
            if label not in left_out
        ]
        self._begun: list[tuple[str, ServeHooks]] = []

    def setup(self) -> None:
        """In the order of the plugins' dependencies. Where one fails, those before it are torn
        down, and :class:`SetupFailed` names it. Raises :class:`ToldToStop`."""
        try:
            self._setup()
        except ToldToStop:
            self.teardown()
            raise

    def _setup(self) -> None:
        off = switches.off() if self._hooks else frozenset()
        for label, hooks in self._hooks:
            if label in off:
                continue
            try:
                _call(hooks.setup, self._options, label)
            except ToldToStop:
                raise
            except BaseException as error:
                logger.exception("The setup of the plugin '%s' failed.", label)
                self.teardown()
                if isinstance(error, KeyboardInterrupt):
                    raise
                reason = f"{type(error).__name__}: {error}".removesuffix(": ")
                raise SetupFailed(f"The setup of the plugin '{label}' failed: {reason}") from None
            self._begun.append((label, hooks))

    def teardown(self) -> bool:
        """In reverse, once; each runs whatever the others do. False where one failed."""
        failed: list[str] = []
        while self._begun:
            label, hooks = self._begun.pop()
            try:
                _call(hooks.teardown, self._options, label)
            except (Exception, SystemExit):
                logger.exception("The teardown of the plugin '%s' failed.", label)
                failed.append(label)
        return not failed


def _call(hook: Hook | None, options: Mapping[str, Any], label: str) -> None:
    if hook is not None:
        engine().container.filling(hook, plugin=label, here=True)(options)


@contextmanager
def heeding_signals() -> Iterator[None]:
    """Until the server listens to signals itself: TERM and INT raise :class:`ToldToStop`, a second
    one ends at once, and HUP waits for the server."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told = False

    def stop(number: int, frame: object) -> None:
        nonlocal told
        if told:
            end_at_once(number)
        told = True
        raise ToldToStop

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _contributions(catalog: Catalog) -> Iterator[tuple[str, Contribution]]:
    for plugin in catalog.loaded():
        for contribution in plugin.contributed("serve"):
            yield plugin.label, contribution
