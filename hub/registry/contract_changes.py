"""The difference of two contracts, in words, and whether it breaks those who relied on the old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.registry.contract import Facts, Items

# What callers rely on. A task, a check or an admin page that goes breaks none of them.
_FOR_CALLERS: Final = ("operation ", "route ", "page ", "websocket ", "GraphQL type ")
_OPEN: Final = "everyone"

Said = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Changed:
    """``what`` holds phrases such as ``parameter 'limit' is new``."""

    item: str
    what: tuple[str, ...]
    breaking: bool


@dataclass(frozen=True, slots=True)
class Difference:
    added: tuple[str, ...]
    changed: tuple[Changed, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def breaking(self) -> bool:
        gone = any(item.startswith(_FOR_CALLERS) for item in self.removed)
        return gone or any(entry.breaking for entry in self.changed)


def difference(old: Items, new: Items) -> Difference:
    """What it takes to come from ``old`` to ``new``."""
    both = (_changed(item, old[item], new[item]) for item in sorted(old.keys() & new.keys()))
    return Difference(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(entry for entry in both if entry.what),
        removed=tuple(sorted(old.keys() - new.keys())),
    )


def _changed(item: str, old: Facts, new: Facts) -> Changed:
    said = [
        *_takes(old.get("takes", {}), new.get("takes", {})),
        *_gives(item, old.get("gives", {}), new.get("gives", {})),
        *_says(old.get("says", {}), new.get("says", {})),
    ]
    counts = item.startswith(_FOR_CALLERS)
    what = tuple(phrase for phrase, _ in said)
    return Changed(item, what, counts and any(breaking for _, breaking in said))


def _takes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Said]:
    for name in sorted(old.keys() - new.keys()):
        yield f"parameter '{name}' is gone", True
    for name in sorted(new.keys() - old.keys()):
        required = new[name]["required"]
        yield f"parameter '{name}' is new" + (" and required" if required else ""), required
    for name in sorted(old.keys() & new.keys()):
        before, now = old[name], new[name]
        if before["type"] != now["type"]:
            yield f"parameter '{name}' has another type", True
        if before["required"] != now["required"]:
            words = "required now" if now["required"] else "optional now"
            yield f"parameter '{name}' is {words}", now["required"]
        elif before["default"] != now["default"]:
            yield f"parameter '{name}' has another default", False


def _gives(item: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Said]:
    whole, member = (
        ("the type", "field") if item.startswith("GraphQL") else ("the result", "member")
    )

    def called(name: str) -> str:
        return f"{member} '{name}'" if name else whole

    for name in sorted(old.keys() - new.keys()):
        yield f"{called(name)} is gone" if name else f"{whole} has members now", True
    for name in sorted(new.keys() - old.keys()):
        yield f"{called(name)} is new" if name else f"{whole} has no members any more", False
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield f"{called(name)} has another type", True


def _says(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Said]:
    for name in sorted(old.keys() | new.keys()):
        before, now = old.get(name, "nothing"), new.get(name, "nothing")
        if before != now:
            yield f"{name}: {before} → {now}", not (name == "access" and now == _OPEN)
