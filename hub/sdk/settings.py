"""The typed settings of a plugin: ``class Settings(PluginSettings)`` in its ``config.py``.

The value comes from files, the admin, the environment and the command line; the layers above hand
it in. Reading one is attribute access: ``Settings.current().greeting``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict

S = TypeVar("S", bound="PluginSettings")

Hook = Callable[[Any, Any], Any]


class PluginSettings(BaseModel):
    """Fields with types, defaults and descriptions (``Field(description=…)``, or a docstring below
    the field). Secrets are ``SecretStr``. Frozen; unknown names are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        validate_by_name=True,
        validate_by_alias=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @classmethod
    def current(cls) -> Self:
        """The value of this process. It is replaced as a whole when an operator changes it, so
        read it when it is needed and don't keep it.

        Raises :class:`RuntimeError` for a class that is not the ``Settings`` of a loaded plugin.
        """
        try:
            return _values[cls]  # type: ignore[return-value]
        except KeyError:
            return _resolve(cls)


@dataclass(frozen=True, slots=True)
class SettingsDeclaration:
    """What ``config.py`` declares: the class, and the function that is told of changes."""

    settings: type[PluginSettings]
    on_changed: Hook | None = None


# Values by class. The layers above replace entries; nothing here is ever changed in place.
_values: dict[type[PluginSettings], PluginSettings] = {}


def _not_ready(settings: type[S]) -> S:
    raise RuntimeError(
        f"{settings.__module__}.{settings.__qualname__} has no value yet: settings are read when "
        "Django's apps are ready. Call current() inside functions, not when a module is imported."
    )


_resolver: Callable[[type[Any]], Any] = _not_ready


def _resolve(settings: type[S]) -> S:
    found: S = _resolver(settings)
    return found


def use_resolver(resolve: Callable[[type[Any]], Any]) -> None:
    """Name what finds the value of a class at its first use. Called once, at start."""
    global _resolver
    _resolver = resolve


def hand_in(value: PluginSettings) -> None:
    """Make ``value`` the current one of its class."""
    _values[type(value)] = value


def take_back(settings: type[PluginSettings]) -> None:
    """Forget the value, so that the next use resolves it anew."""
    _values.pop(settings, None)


def handed_in(settings: type[S]) -> S | None:
    """The value if the class has one already."""
    return _values.get(settings)  # type: ignore[return-value]
