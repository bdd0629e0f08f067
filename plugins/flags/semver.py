"""Precedence of versions, Semantic Versioning 2.0.0 §11."""

from __future__ import annotations

import re
from functools import total_ordering

_VERSION = re.compile(
    r"v?(\d{1,18})(?:\.(\d{1,18}))?(?:\.(\d{1,18}))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)


@total_ordering
class Version:
    """A parsed version; ``+build`` is ignored, as the standard says."""

    __slots__ = ("_key",)

    def __init__(self, numbers: tuple[int, int, int], prerelease: tuple[str, ...]) -> None:
        # A pre-release precedes its release; numeric identifiers precede words.
        identifiers = tuple(
            (0, int(part), "") if part.isdigit() else (1, 0, part) for part in prerelease
        )
        self._key = (numbers, not prerelease, identifiers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)


def parse_version(text: str) -> Version | None:
    """``1.2.3-rc.1+5``; a leading ``v`` and missing parts (``v2``, ``2.1``) are accepted.

    ``None`` for what is no version.
    """
    match = _VERSION.fullmatch(text.strip()) if len(text) <= 256 else None
    if match is None:
        return None
    major, minor, patch, prerelease = match.groups()
    numbers = (int(major), int(minor or 0), int(patch or 0))
    return Version(numbers, tuple(prerelease.split(".")) if prerelease else ())
