"""The levels in force in this process: those of the settings, and above them the operators'."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from django.utils import timezone

from hub.logs.models import ROOT, LogLevel

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row, without the database."""

    logger: str
    level: int
    until: datetime | None


Rules = tuple[Rule, ...]


def read_rules() -> Rules:
    """The rows in force or not. Does database I/O."""
    rows = LogLevel.objects.order_by("logger")
    return tuple(Rule(row.logger, row.number, row.until) for row in rows)


class Levels:
    """Sets levels and puts the configured ones back. Usable from any thread."""

    def __init__(self) -> None:
        self._configured: dict[str, int] = {}
        self._lock = threading.Lock()

    def apply(self, rules: Iterable[Rule]) -> None:
        """Have exactly those of ``rules`` in force that have not expired."""
        now = timezone.now()
        wanted = {
            rule.logger: rule.level for rule in rules if rule.until is None or rule.until > now
        }
        with self._lock:
            for name in self._configured.keys() - wanted.keys():
                _logger(name).setLevel(self._configured[name])
                del self._configured[name]  # now: a fork between the two keeps what it needs
                logger.info("The logger %s has its configured level again.", name)
            for name, level in wanted.items():
                found = _logger(name)
                self._configured.setdefault(name, found.level)
                if found.level != level:
                    found.setLevel(level)
                    logger.info("The logger %s writes from %s on.", name, _name_of(level))

    def forked(self) -> None:
        """In a child: who sets levels at the moment is a thread of the parent."""
        self._lock = threading.Lock()

    def configured(self, name: str) -> str:
        """The level that the settings give the logger, by name; its parents' where it has none."""
        while True:
            own = self._configured.get(name, _known_level(name))
            if own or name == ROOT:
                return _name_of(own)
            name = name.rpartition(".")[0] or ROOT


levels: Final = Levels()
os.register_at_fork(after_in_child=levels.forked)


def known_loggers() -> list[str]:
    """Names of the loggers that this process has made so far."""
    made = logging.root.manager.loggerDict.items()
    return [ROOT, *sorted(name for name, found in made if isinstance(found, logging.Logger))]


def hint_for(name: str) -> str:
    """A sentence where ``name`` may be a mistake, else nothing. Parents of known loggers are
    known, too."""
    known = known_loggers()
    if name in known or any(other.startswith(f"{name}.") for other in known):
        return ""
    near = get_close_matches(name, known, n=1, cutoff=0.75)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"No logger {name} has been used in this process so far.{meant}"


def _logger(name: str) -> logging.Logger:
    return logging.getLogger(None if name == ROOT else name)


def _known_level(name: str) -> int:
    """Without making the logger."""
    if name == ROOT:
        return logging.root.level
    found = logging.root.manager.loggerDict.get(name)
    return found.level if isinstance(found, logging.Logger) else logging.NOTSET


def _name_of(level: int) -> str:
    return logging.getLevelName(level)
