"""Plugins for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

Values = dict[str, Any]

_HEAD = ("plugin", "version", "state", "switch", "start", "contributions", "found in")


def table(entries: Sequence[Values]) -> Iterator[str]:
    """One line a plugin, under a heading."""
    rows = [_HEAD, *(_row(entry) for entry in entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def told(details: Values) -> Iterator[str]:
    """All about one plugin."""
    yield f"{details['label']} {details['version']}: {details['summary']}".rstrip(": ")
    yield f"  state          {details['state']}, {'on' if details['enabled'] else 'off'}"
    yield f"  package        {details['package']} ({details['source']})"
    yield f"  requires       {', '.join(details['requires']) or 'nothing'}"
    yield f"  required by    {', '.join(details['required_by']) or 'nothing'}"
    steps = ", ".join(f"{step['step']} {step['ms']} ms" for step in details["start"])
    yield f"  start          {details['start_ms']} ms ({steps or 'not loaded'})"
    for failure in details["failures"]:
        yield f"  failure        {failure['message']}"
    for kind, entries in groupby(details["contributions"], key=lambda entry: entry["kind"]):
        for entry in entries:
            yield f"  {kind:<14} {entry['name']}  {entry['detail']}".rstrip()
    for name, schema in details["settings_schema"].get("properties", {}).items():
        default = f", default {schema['default']!r}" if "default" in schema else ""
        yield f"  setting        {name}: {schema.get('type', 'JSON')}{default}"
    for change in details["changes"]:
        yield from _change(change)


def _row(entry: Values) -> tuple[str, ...]:
    return (
        entry["label"],
        entry["version"] or "-",
        entry["state"],
        "on" if entry["enabled"] else "off",
        f"{entry['start_ms']} ms",
        str(len(entry["contributions"])),
        entry["source"],
    )


def _change(change: Values) -> Iterator[str]:
    versions = f"{change['from_version']} → {change['to_version']}"
    words = [word for word in ("breaking", "unversioned") if change[word]]
    yield f"  change         {change['at']:%Y-%m-%d %H:%M} {versions} {', '.join(words)}".rstrip()
    yield from (f"                   + {item}" for item in change["added"])
    yield from (f"                   - {item}" for item in change["removed"])
    for entry in change["changed"]:
        yield f"                   ~ {entry['item']}: {'; '.join(entry['what'])}"
