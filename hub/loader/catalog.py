"""The frozen catalog: every plugin that was found, and what each contributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.loader.starts import NOTHING, Cost
from hub.wire.redaction import redact_text


class PluginState(StrEnum):
    """``refused``: not loaded at all. ``degraded``: a part is broken, the rest works."""

    RUNNING = "running"
    DEGRADED = "degraded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong and where: ``manifest``, a convention module, or an operation's name."""

    where: str
    message: str
    traceback: str = ""

    def __post_init__(self) -> None:
        """What anybody's code raised is shown in many places, and secrets in none."""
        object.__setattr__(self, "message", redact_text(self.message))
        object.__setattr__(self, "traceback", redact_text(self.traceback))


@dataclass(frozen=True, slots=True)
class Contribution:
    """One thing a plugin adds. ``kind`` is ``settings``, ``provider``, ``action``, ``service``,
    ``implementation``, ``component``, ``router``, ``resources``, ``graphql``, ``task``,
    ``schedule``, ``health_check``, ``websocket``, ``lifespan``, ``worker``, ``middleware``,
    ``exception_handler``, ``navigation``, ``receiver``, ``static_mount``, ``serve`` or ``admin``;
    ``value`` is the object itself, ``detail`` one line for people."""

    kind: str
    name: str
    module: str
    value: Any
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """``label`` is unique in the hub; ``package`` is the dotted name; ``source`` says where it
    was found (``entry point``, ``folder`` or ``builtin``), ``cost`` what its start took here."""

    label: str
    package: str
    source: str
    version: str = ""
    summary: str = ""
    mount: str = ""
    builtin: bool = False
    links: tuple[tuple[str, str], ...] = ()
    requires: tuple[str, ...] = ()
    state: PluginState = PluginState.RUNNING
    failures: tuple[Failure, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    cost: Cost = NOTHING

    def contributed(self, kind: str) -> Iterator[Contribution]:
        return (entry for entry in self.contributions if entry.kind == kind)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Plugins in dependency order, by label. Refused ones are in it too."""

    plugins: Mapping[str, Plugin]

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self.plugins.values())

    def loaded(self) -> Iterator[Plugin]:
        """Those that are not refused."""
        return (plugin for plugin in self if plugin.state is not PluginState.REFUSED)
