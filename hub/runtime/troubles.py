"""Lifespans that failed, as what goes wrong with their plugins and those that require them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hub.loader.boot import catalog
from hub.loader.catalog import Catalog
from hub.runtime.models import SILENCE, LifespanRow
from hub.runtime.states import LifespanState

WHERE: Final = "lifespan"

Trouble = dict[str, Any]

_seen: Final[set[str]] = set()


def failed_lifespans() -> dict[str, list[Trouble]]:
    """By plugin, in all processes that live. One query."""
    if not _table_exists():
        return {}
    rows = LifespanRow.objects.filter(
        state=LifespanState.FAILED, process__seen_at__gte=timezone.now() - SILENCE
    ).select_related("process")
    by_reason: dict[tuple[str, str], list[LifespanRow]] = {}
    for row in rows:
        by_reason.setdefault((row.plugin, row.error), []).append(row)
    found: dict[str, list[Trouble]] = {}
    for (label, _), same in by_reason.items():
        found.setdefault(label, []).append(_trouble(same))
    for label, broken in _affected(catalog(), found):
        message = f"It requires '{broken}', whose lifespan does not run."
        found.setdefault(label, []).append({"where": WHERE, "message": message, "traceback": ""})
    return found


def _trouble(rows: list[LifespanRow]) -> Trouble:
    places = ", ".join(f"{row.process.kind} process {row.process}" for row in rows[:3])
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    message = f"{rows[0].error} (in {places}{more})"
    return {"where": WHERE, "message": message, "traceback": rows[0].trace}


def _affected(known: Catalog, broken: Iterable[str]) -> list[tuple[str, str]]:
    """Plugins that require a broken one, directly or through others, with the one they require."""
    reasons = {canonicalize_name(label): label for label in broken}
    found: list[tuple[str, str]] = []
    for plugin in known.loaded():  # in dependency order
        names = [canonicalize_name(Requirement(text).name) for text in plugin.requires]
        reason = next((reasons[name] for name in names if name in reasons), None)
        if reason is not None:
            reasons.setdefault(canonicalize_name(plugin.label), plugin.label)
            found.append((plugin.label, reason))
    return found


def _table_exists() -> bool:
    """Asked until the answer is yes: a failing query would break the caller's transaction on
    PostgreSQL, looking at the list of tables never does."""
    name = str(connection.settings_dict["NAME"])
    if name not in _seen and LifespanRow._meta.db_table in connection.introspection.table_names():
        _seen.add(name)
    return name in _seen
