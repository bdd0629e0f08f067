"""The manifest of a plugin: one :class:`PluginConfig` in its ``apps.py``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from django.apps import AppConfig

Watch = Callable[[str, str], AbstractContextManager[None]]


def _unwatched(label: str, step: str) -> AbstractContextManager[None]:
    return nullcontext()


_watch: Watch = _unwatched


def watch_starts(watch: Watch) -> None:
    """Have ``watch(label, step)`` stand around the steps ``models`` and ``ready`` of each plugin.
    Called once, by the loader."""
    global _watch
    _watch = watch


class PluginConfig(AppConfig):
    """A Django ``AppConfig`` that says what the hub must know before it loads the plugin.

    ``requires_hub`` is a PEP 440 specifier (``>=0.1,<1``), ``requires_plugins`` holds PEP 508
    names with specifiers (``"flags>=1.2"``), ``links`` holds ``(title, address)`` pairs shown in
    the admin. ``mount`` is the segment under ``/api/``, by default the label.
    """

    # Importing this class into apps.py must not give Django two candidates: the base is never
    # the default, every subclass is.
    default = False

    version: ClassVar[str] = "0.0.0"
    summary: ClassVar[str] = ""
    requires_hub: ClassVar[str] = ""
    requires_plugins: ClassVar[tuple[str, ...]] = ()
    links: ClassVar[tuple[tuple[str, str], ...]] = ()
    mount: ClassVar[str] = ""
    builtin: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.default = True
        if "name" not in cls.__dict__:
            cls.name = cls.__module__.rpartition(".")[0]
        if "label" not in cls.__dict__:
            cls.label = cls.name.rpartition(".")[2]
        if "mount" not in cls.__dict__:
            cls.mount = cls.label

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        # The plugin's own ready() may call no super(), so it is wrapped rather than overridden.
        self.ready = self._watched(self.ready)  # type: ignore[method-assign]

    def import_models(self) -> None:
        with _watch(self.label, "models"):
            super().import_models()

    def _watched(self, ready: Callable[[], None]) -> Callable[[], None]:
        def watched() -> None:
            with _watch(self.label, "ready"):
                ready()

        return watched
