"""Which of the plugins that were found are loaded: all, all but some, or only some.

``HUB_ONLY_PLUGINS`` and ``HUB_EXCLUDE_PLUGINS`` are for safe starts. A plugin that is left out is
not imported; a name that no plugin has stops the start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches

from django.core.exceptions import ImproperlyConfigured
from packaging.utils import canonicalize_name

from hub.loader.manifests import Found, Refusal

ONLY = "HUB_ONLY_PLUGINS"
EXCLUDE = "HUB_EXCLUDE_PLUGINS"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A package that may be a plugin; ``label`` is what it is called until its manifest is read."""

    label: str
    package: str
    source: str


Read = Found | Refusal
Reader = Callable[[Candidate], Read]


class Choice:
    """``only`` (all, if empty) minus ``exclude``. A name is a candidate's or its manifest's."""

    def __init__(
        self, only: frozenset[str], exclude: frozenset[str], *, builtin: frozenset[str]
    ) -> None:
        for name in sorted(exclude & builtin):
            raise _wrong(f"{EXCLUDE}: '{name}' is a part of the hub")
        for name in sorted(exclude & only):
            raise _wrong(f"{ONLY} and {EXCLUDE} both name '{name}'")
        self._only = only
        self._exclude = exclude
        self._builtin = builtin

    def choose(
        self, candidates: Sequence[Candidate], read: Reader
    ) -> tuple[list[Read], frozenset[str]]:
        """What ``read`` says of each chosen candidate, and the labels that were left out."""
        shelf = _Shelf([entry for entry in candidates if entry.label not in self._exclude], read)
        chosen = self._wanted(shelf) if self._only else set(shelf.candidates)
        found = {entry: shelf.read(entry) for entry in shelf.candidates if entry in chosen}
        kept = [entry for entry in found.values() if entry.label not in self._exclude]
        labels = {entry.label for entry in candidates} | shelf.labels()
        if (self._only | self._exclude) - labels:
            labels |= {shelf.read(entry).label for entry in shelf.candidates}
        _refuse_unknown(self._only, ONLY, labels | self._builtin)
        _refuse_unknown(self._exclude, EXCLUDE, labels | self._builtin)
        known = {shelf.label_of(entry) for entry in candidates}
        return kept, frozenset(known - {entry.label for entry in kept})

    def _wanted(self, shelf: _Shelf) -> set[Candidate]:
        """The candidates of the names, and in turn of what those require."""
        chosen: set[Candidate] = set()
        names = sorted(self._only - self._builtin)
        for name in names:  # grows as it goes
            for candidate in shelf.named(name):
                if candidate not in chosen:
                    chosen.add(candidate)
                    names.extend(shelf.requirements_of(candidate))
        return chosen


class _Shelf:
    """Candidates, each read when it is asked for, and once."""

    def __init__(self, candidates: Sequence[Candidate], read: Reader) -> None:
        self.candidates = candidates
        self._read = read
        self._seen: dict[Candidate, Read] = {}

    def read(self, candidate: Candidate) -> Read:
        if candidate not in self._seen:
            self._seen[candidate] = self._read(candidate)
        return self._seen[candidate]

    def labels(self) -> set[str]:
        """Of the manifests that were read."""
        return {entry.label for entry in self._seen.values()}

    def label_of(self, candidate: Candidate) -> str:
        found = self._seen.get(candidate)
        return candidate.label if found is None else found.label

    def named(self, name: str) -> list[Candidate]:
        """Requirements name plugins as packages, so names are compared as such. Other manifests
        than those of candidates of the name are read only while there is none."""
        wanted = canonicalize_name(name)
        by_candidate = [c for c in self.candidates if canonicalize_name(c.label) == wanted]
        return by_candidate or [
            c for c in self.candidates if canonicalize_name(self.read(c).label) == wanted
        ]

    def requirements_of(self, candidate: Candidate) -> list[str]:
        found = self.read(candidate)
        return [entry.name for entry in found.requires] if isinstance(found, Found) else []


def _refuse_unknown(names: frozenset[str], setting: str, labels: Set[str]) -> None:
    for name in sorted(names - labels):
        near = get_close_matches(name, labels, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(sorted(labels))}"
        raise _wrong(f"{setting} names '{name}', and there is no such plugin; {hint}")


def _wrong(sentence: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"wrong setting: {sentence}")
