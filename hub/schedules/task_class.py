"""The class of all tasks: those of a plugin that is switched off don't run."""

from __future__ import annotations

from typing import Any

import structlog
from celery.contrib.django.task import DjangoTask
from celery.exceptions import Ignore

from hub.operations import switches
from hub.operations.configuration import current as configuration
from hub.operations.engine import engine
from hub.schedules import recording
from hub.schedules.owners import plugin_of


class HubTask(DjangoTask):  # type: ignore[misc]
    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        configuration.follow()
        plugin = plugin_of(self.name, kwargs)
        structlog.contextvars.bind_contextvars(plugin=plugin)
        if plugin in switches.off():
            recording.skipped(self.request, f"The plugin '{plugin}' is switched off.")
            raise Ignore
        try:
            run = engine().container.filling(self.run, plugin=plugin, here=True)
            return run(*args, **kwargs)
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            # It must end the task, not the worker that runs it.
            raise RuntimeError(f"{self.name} raised {error!r}.") from error
