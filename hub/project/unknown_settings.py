"""Names of settings that the hub does not have, wherever they are said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from typing import Final

from hub.operations.configuration.sources import PLUGINS, Sources
from hub.operations.configuration.variables import PREFIX as OF_PLUGINS
from hub.operations.configuration.wrong import Wrong, near

OURS: Final = "HUB_"

# Read by parts that know no settings, or by what stands around the hub, and documented there.
READ_ELSEWHERE: Final = frozenset(
    {"HUB_HEALTH_PORT", "HUB_PORT", "HUB_PURE_PYTHON", "HUB_TOKEN", "HUB_WRITE_SNAPSHOTS"}
)

# What Kubernetes says of a service whose name begins with "hub", and Docker of a linked container:
# HUB_SERVICE_HOST, HUB_WEB_SERVICE_PORT_HTTP, HUB_PORT_8000_TCP_ADDR …
_LINK: Final = re.compile(
    r"HUB(_[A-Z0-9_]+)?_"
    r"(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_LINKED_ADDRESS: Final = re.compile(r"(tcp|udp|sctp)://\S+:\d+", re.IGNORECASE)


def unknown_variables(
    environment: Mapping[str, str], known: AbstractSet[str], ignored: Sequence[str] = ()
) -> Iterator[Wrong]:
    """Those beginning with ``HUB_`` that are none of ``known``, match none of the patterns
    ``ignored`` (as of a shell: ``*``, ``?``, ``[…]``) and are no links between containers.
    Variables of plugins are another's work, empty ones are not set. Values are never told."""
    for name in sorted(environment):
        if not name.startswith(OURS) or name.startswith(OF_PLUGINS) or not environment[name]:
            continue
        if name in known or name in READ_ELSEWHERE or is_link(name, environment[name]):
            continue
        if not any(fnmatchcase(name, pattern) for pattern in ignored):
            sentence = f"{name}: the hub has no such setting{_meant(name, known)}"
            yield Wrong((), "", sentence)


def is_link(name: str, value: str) -> bool:
    """Whether Kubernetes or Docker made the variable, to tell of a service named "hub…"."""
    if name.endswith("_PORT") and _LINKED_ADDRESS.fullmatch(value):
        return True
    return _LINK.fullmatch(name) is not None


def unknown_in_files(sources: Sources, known: AbstractSet[str]) -> Iterator[Wrong]:
    for _, file in sources.files:
        for name in file.values:
            if name not in known and name != PLUGINS:
                hint = near(name, {*known, PLUGINS})
                sentence = f"{file.place((name,))}: the hub has no setting '{name}'{hint}"
                yield Wrong((name,), "", sentence)


def unknown_in_sets(sources: Sources, known: AbstractSet[str]) -> Iterator[Wrong]:
    for entry in sources.sets:
        name = entry.path[0]
        is_table = len(entry.path) == 1 and name == PLUGINS
        if is_table or (len(entry.path) == 1 and name not in known):
            hint = near(name, known)
            yield Wrong((name,), "", f"{entry.place}: the hub has no setting '{name}'{hint}")
        elif len(entry.path) > 1 and name in known:
            yield Wrong(entry.path, "", f"{entry.place}: '{name}' is no table")


def _meant(name: str, known: AbstractSet[str]) -> str:
    """What all names begin with makes none of them alike."""
    by_rest = {each.removeprefix(OURS): each for each in known}
    rest = name.removeprefix(OURS)
    hint = near(rest, {rest} if rest in by_rest else by_rest)
    if hint.startswith("; did"):
        return re.sub(r"'(\w+)'", lambda found: f"'{by_rest[found[1]]}'", hint)
    return "; if another program reads it, HUB_IGNORE_VARIABLES can name it"
