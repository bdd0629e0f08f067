"""Settings and provided things that are others during a test, and themselves again after it."""

from __future__ import annotations

from contextlib import ExitStack
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.test import override_settings

from hub.operations.configuration.current import overridden, slots
from hub.operations.engine import engine
from hub.testing.overriding import override
from hub.testing.started import running_hub


class ReplacedSettings:
    """The fixture ``hub_settings``: ``hub_settings("greeter", mark="?")`` for a plugin's,
    ``hub_settings(HUB_MAX_BODY_BYTES=100)`` for the hub's own."""

    def __init__(self, undo: ExitStack) -> None:
        self._undo = undo

    def __call__(self, plugin: str = "", /, **values: Any) -> Any:
        """The plugin's settings as they are now, or ``None``. They lie on top of all layers, and
        no hook is called. Most of the hub's settings are read while it starts: replace them before
        ``started_hub()``.

        Raises :class:`LookupError` for what does not exist and
        :class:`hub.operations.configuration.wrong.WrongSettings` for values that do not fit.
        """
        if plugin:
            if plugin not in slots():
                raise LookupError(f"The plugin '{plugin}' has no settings.{_near(plugin, slots())}")
            return self._undo.enter_context(overridden(plugin, **values))
        for name in values:
            if not hasattr(settings, name):
                raise LookupError(f"There is no setting '{name}'.{_near(name, dir(settings))}")
        self._undo.enter_context(override_settings(**values))
        return None


class ReplacedThings:
    """The fixture ``hub_override``: ``hub_override(Clock, stopped)``."""

    def __init__(self, undo: ExitStack) -> None:
        self._undo = undo

    def __call__(self, kind: Any, value: Any, *, qualifier: str = "") -> None:
        """Everyone who asks for ``kind`` gets ``value``. Raises
        :class:`hub.sdk.InjectionError` where no provider makes it."""
        self._undo.enter_context(override(kind, value, qualifier=qualifier))
        hub = running_hub()
        if hub is not None:
            engine().container.things.live_on(hub.loop)


def _near(name: str, known: Any) -> str:
    found = get_close_matches(name, list(known), n=1)
    return f" Did you mean '{found[0]}'?" if found else ""
