"""What the hub tells its plugins, and how they listen: functions in ``signals.py``.

::

    from hub.sdk import on_signal, signals

    @on_signal(signals.plugin_disabled)
    async def tell(event: signals.PluginDisabled) -> None:
        ...

A signal is sent once, in the process where the thing happens. To follow a value in every process
there is :class:`hub.sdk.Followed`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Generic, TypeVar

from hub.sdk.containers import signature_for_others
from hub.sdk.health import Status

ATTRIBUTE: Final = "__hub_receivers__"
TIMEOUT: Final = 5.0
LONGEST: Final = 60.0

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class HubStarted:
    """A web process is up and takes requests; ``version`` is the hub's."""

    version: str


@dataclass(frozen=True, slots=True)
class HubStopping:
    """A web process has answered its last call and is about to end."""

    version: str


@dataclass(frozen=True, slots=True)
class PluginEnabled:
    """An operator has switched a plugin on. ``user_id`` is ``None`` where no user did it."""

    label: str
    user_id: int | None


@dataclass(frozen=True, slots=True)
class PluginDisabled:
    """An operator has switched a plugin off; its own receivers are silent already."""

    label: str
    user_id: int | None


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """An operator has changed these settings of a plugin in the admin. (To take new values over in
    each process there is ``on_settings_changed`` in ``config.py``.)"""

    label: str
    keys: tuple[str, ...]
    user_id: int | None


@dataclass(frozen=True, slots=True)
class CheckChanged:
    """A health check found another status than before. ``check`` is ``<label>.<name>``."""

    check: str
    plugin: str
    before: Status
    after: Status
    output: str


@dataclass(frozen=True, slots=True, eq=False)
class Signal(Generic[T]):
    """``payload`` is the class of what is sent."""

    name: str
    payload: type[T]

    def send(self, payload: T) -> None:
        """Tell all receivers, from sync code. Comes back when each is done or its time is up; on
        an event loop at once, and they run behind. Raises nothing that they do."""
        if _courier is not None:
            _courier.send(self, payload)

    async def asend(self, payload: T) -> None:
        """The same from async code: waits without blocking, as long as the slowest may take."""
        if _courier is not None:
            await _courier.asend(self, payload)


hub_started: Final = Signal("hub_started", HubStarted)
hub_stopping: Final = Signal("hub_stopping", HubStopping)
plugin_enabled: Final = Signal("plugin_enabled", PluginEnabled)
plugin_disabled: Final = Signal("plugin_disabled", PluginDisabled)
settings_changed: Final = Signal("settings_changed", SettingsChanged)
check_changed: Final = Signal("check_changed", CheckChanged)


@dataclass(frozen=True, slots=True)
class Receiver:
    """``timeout`` is in seconds."""

    signal: Signal[Any]
    function: Callable[[Any], Any]
    timeout: float


def on_signal(*heard: Signal[Any], timeout: float = TIMEOUT) -> Callable[[F], F]:
    """Declare a function of one parameter, plain or async, as a receiver of these signals. Further
    ones that are marked for injection are filled in at each delivery.

    All receivers run at once, plain ones in worker threads. One that raises is logged with its
    plugin's name and disturbs nobody; one that takes longer than ``timeout`` seconds is cancelled,
    or left behind if it is a thread, and logged. Those of switched-off plugins are not called.
    Raises :class:`TypeError` and :class:`ValueError` for what can't be a declaration.
    """
    if not heard or not all(isinstance(signal, Signal) for signal in heard):
        raise TypeError(
            f"@on_signal takes signals such as signals.hub_started, not {heard or 'nothing'}."
        )
    if not isinstance(timeout, int | float) or not isfinite(timeout) or not 0 < timeout <= LONGEST:
        raise ValueError(f"timeout= is a number of seconds up to {LONGEST:g}, not {timeout!r}.")

    def declare(function: F) -> F:
        try:
            signature_for_others(function).bind(None)
        except TypeError:
            raise TypeError(
                f"A receiver is a function of one parameter, the event: {function!r}."
            ) from None
        own = tuple(Receiver(signal, function, timeout) for signal in heard)
        setattr(function, ATTRIBUTE, (*receivers_of(function), *own))
        return function

    return declare


def receivers_of(value: object) -> tuple[Receiver, ...]:
    """The records ``@on_signal`` left on ``value``."""
    found = getattr(value, ATTRIBUTE, ()) if inspect.isroutine(value) else ()
    return found if isinstance(found, tuple) else ()


@dataclass(frozen=True, slots=True)
class Courier:
    """Who brings a signal to its receivers."""

    send: Callable[[Signal[Any], Any], None]
    asend: Callable[[Signal[Any], Any], Awaitable[None]]


_courier: Courier | None = None


def connect(courier: Courier) -> None:
    """Name who delivers signals; it lives above. Called once, at start."""
    global _courier
    _courier = courier
