"""Django's development server on daphne, with autoreload, as Channels has it.

A command of the hub's own: the app ``daphne`` in ``INSTALLED_APPS`` would give the same one, and
import Twisted into every process.
"""

from __future__ import annotations

import atexit
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand
from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from hub.loader.boot import catalog
from hub.project.daphne_server import HubServer
from hub.project.serve_hooks import (
    Around,
    SetupFailed,
    ToldToStop,
    add_plugin_options,
    heeding_signals,
)
from hub.project.servers.tasks import tasks_beside


class Command(DaphneCommand):  # type: ignore[misc]
    server_cls = HubServer
    _left_out: frozenset[str] = frozenset()

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if apps.ready:  # they are not while broken code is waited for to be mended
            self._left_out = add_plugin_options(parser, catalog())

    def inner_run(self, *args: Any, **options: Any) -> None:
        """Within the plugins' setup and teardown. ``host`` and ``port`` are there for them, as in
        ``serve``."""
        told = {**options, "host": self.addr, "port": int(self.port)}
        around = Around(catalog(), told, left_out=self._left_out)
        # Under the reloader this is a daemon thread, which the end of the process just cuts off.
        atexit.register(around.teardown)
        try:
            with heeding_signals():
                around.setup()
            self._serve(*args, **options)
        except SetupFailed as error:
            if not options["use_reloader"]:
                raise CommandError(str(error)) from None
            self.stderr.write(f"{error}\nWaiting for a change of the code.")
        except ToldToStop:
            pass  # what was set up is torn down already
        finally:
            around.teardown()

    def _serve(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.broker_url:
            super().inner_run(*args, **options)
            return
        with tasks_beside():
            super().inner_run(*args, **options)
