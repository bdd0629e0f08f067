"""The settings of the plugins of this process, kept in step with what operators store."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings

from hub.loader.boot import catalog
from hub.loader.catalog import Catalog, Failure, Plugin
from hub.operations.configuration.hooks import tell
from hub.operations.configuration.secrets import secrets_in
from hub.operations.configuration.settled import (
    Layers,
    Settled,
    Stored,
    layers_of,
    no_settings,
    settle,
)
from hub.operations.configuration.sources import Sources
from hub.operations.configuration.wrong import Wrong, WrongSettings
from hub.sdk.followed import Followed
from hub.sdk.settings import (
    PluginSettings,
    SettingsDeclaration,
    hand_in,
    handed_in,
    take_back,
    use_resolver,
)
from hub.wire.redaction import protect

S = TypeVar("S", bound=PluginSettings)

logger = logging.getLogger(__name__)

AllStored = Mapping[str, Stored]
"""The admin's values by label."""

Reader = Callable[[AllStored | None], AllStored]


@dataclass(slots=True)
class Slot:
    """One plugin's settings. ``settled`` is replaced as a whole."""

    declaration: SettingsDeclaration
    layers: Layers
    settled: Settled
    stored: Stored = field(default_factory=dict)


def _nothing_stored(previous: AllStored | None) -> AllStored:
    return {}


_reader: Reader = _nothing_stored
_lock = threading.RLock()


def connect(read: Reader) -> None:
    """Name the reader of the admin's values; the rows live above. Called once, at start."""
    global _reader, _followed
    _reader = read
    _followed = Followed(_read)


def _read(previous: AllStored | None) -> AllStored:
    stored = _reader(previous)
    if stored != previous:
        _apply(stored)
    return stored


_followed: Followed[AllStored] = Followed(_read)


def follow() -> None:
    """Take over what operators have stored, at most a second old. For sync code; does I/O."""
    if slots():
        _followed.get()


async def afollow() -> None:
    """The same for async code; costs next to nothing while the last look is recent."""
    if slots():
        await _followed.aget()


def is_followed() -> bool:
    """True while the last look is recent, and :func:`afollow` has nothing to do."""
    return not slots() or _followed.lately() is not None


def forget() -> None:
    """Follow at once in this process, after storing values."""
    _followed.forget()


@functools.cache
def slots() -> Mapping[str, Slot]:
    """The settings of each loaded plugin that has some, by label."""
    found = catalog()
    sources: Sources = settings.HUB_SOURCES
    labels = _labels(found)
    return {
        plugin.label: _slot(plugin, contribution.value, sources, labels)
        for plugin in found.loaded()
        for contribution in plugin.contributed("settings")
    }


def refusal_of(
    label: str, declaration: SettingsDeclaration | None, *, sources: Sources | None = None
) -> str:
    """Why a plugin can't run with its settings, empty if it can. For the loader."""
    sources = settings.HUB_SOURCES if sources is None else sources
    labels = settings.HUB_DISCOVERY.labels
    try:
        if declaration is None:
            faults = no_settings(label, sources, labels)
            return str(WrongSettings(faults)) if faults else ""
        settle(layers_of(label, declaration.settings, sources, labels=labels))
    except WrongSettings as error:
        return str(error)
    return ""


def failures_of(label: str) -> tuple[Failure, ...]:
    """Stored values of a plugin that no longer fit: the layers below stand in for them."""
    slot = slots().get(label)
    return as_failures(slot.settled.faults if slot else ())


def as_failures(faults: Iterable[Wrong]) -> tuple[Failure, ...]:
    """Faults of stored values, in words for those who look at the plugin."""
    return tuple(
        Failure("settings", f"{fault.sentence}. The value below it is used; save another one.")
        for fault in faults
    )


def settings_of(declared: type[S]) -> S:
    """The current value of a plugin's settings class. Raises :class:`RuntimeError` for a class
    that is not one."""
    return declared.current()


def settings_classes() -> Mapping[type[PluginSettings], str]:
    """The classes that have a value in this process, with their plugins' labels."""
    return {slot.declaration.settings: label for label, slot in slots().items()}


@contextlib.contextmanager
def overridden(label: str, **values: Any) -> Iterator[PluginSettings]:
    """Settings for a test: ``values`` lie on top of all layers of the plugin, in this process, as
    long as the context lasts; a nested table is a dict. No hook is called. Raises
    :class:`LookupError` for a plugin without settings, :class:`WrongSettings` for wrong values."""
    slot = slots().get(label)
    if slot is None:
        raise LookupError(f"The plugin '{label}' has no settings.")
    before = replace(slot)
    with _lock:
        slot.layers = slot.layers.over(values)
        try:
            slot.settled = settle(slot.layers, slot.stored)
        except WrongSettings:
            slot.layers = before.layers
            raise
        hand_in(slot.settled.value)
    try:
        yield slot.settled.value
    finally:
        with _lock:
            slot.layers = before.layers
            slot.settled = settle(slot.layers, slot.stored)
            hand_in(slot.settled.value)


def resolve(declared: type[S]) -> S:
    """The first use of a class's value. Outside an event loop the admin's values are read for it;
    inside, the pipeline or the server has done so before."""
    if not apps.ready:
        raise RuntimeError(
            f"{declared.__module__}.{declared.__qualname__} has no value yet: settings are read "
            "when Django's apps are ready. Call current() inside functions, not at import."
        )
    if declared not in settings_classes():
        raise RuntimeError(
            f"{declared.__module__}.{declared.__qualname__} is not the Settings of a loaded "
            "plugin: declare it in the plugin's config.py, and see 'hub plugins' for failures."
        )
    if not _in_event_loop():
        try:
            follow()
        except Exception:
            # Without a database (a unit test, a first start) files and environment decide.
            logger.debug("The admin's settings can't be read.", exc_info=True)
    value = handed_in(declared)
    if value is None:
        value = slots()[settings_classes()[declared]].settled.value  # type: ignore[assignment]
        hand_in(value)  # type: ignore[arg-type]
    return value  # type: ignore[return-value]


use_resolver(resolve)


def restart() -> None:
    """Forget everything, as in a new process. For tests that load other plugins."""
    for declared in settings_classes():
        take_back(declared)
    slots.cache_clear()
    forget()


def _apply(stored: AllStored) -> None:
    with _lock:
        for label, slot in slots().items():
            slot.stored = stored.get(label, {})
            before = slot.settled
            slot.settled = settle(slot.layers, slot.stored)
            for fault in slot.settled.faults:
                if fault not in before.faults:
                    logger.warning("%s. The value below it is used.", fault.sentence)
            _exchange(slot)


def _exchange(slot: Slot) -> None:
    new = slot.settled.value
    old = handed_in(type(new))
    if old == new:
        return
    hand_in(new)
    if old is not None and slot.declaration.on_changed is not None:
        tell(slot.declaration.on_changed, old, new)


def _slot(
    plugin: Plugin, declaration: SettingsDeclaration, sources: Sources, labels: frozenset[str]
) -> Slot:
    layers = layers_of(plugin.label, declaration.settings, sources, labels=labels)
    settled = settle(layers)
    protect(secrets_in(declaration.settings, settled.merged.values))
    return Slot(declaration, layers, settled)


def _labels(found: Catalog) -> frozenset[str]:
    return frozenset(plugin.label for plugin in found) | settings.HUB_DISCOVERY.labels


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _after_fork() -> None:
    """Who takes values over at the moment is a thread of the parent. What it has not come to, the
    child does at its next look: it has not read these values yet."""
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)
