"""``mounts.py``: ``mounts``, a list of ``StaticMount``. The folders must be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.mounts import StaticMount

PREFIX: Final = "/mounts"

# First segments of addresses that the hub itself answers.
RESERVED: Final = frozenset(
    {
        *("admin", "api", "favicon.ico", "graphql", "healthz", "invoke", "livez", "media"),
        *("metrics", "mounts", "pages", "readyz", "rpc", "static", "ws"),
    }
)


@dataclass(frozen=True, slots=True)
class Mounted:
    """``prefix`` is the absolute one, without a slash at its end; ``root`` is resolved."""

    prefix: str
    root: Path
    mount: StaticMount


def read_mounts(module: ModuleType, found: Found) -> Iterator[Contribution]:
    mounts = getattr(module, "mounts", None)
    if not isinstance(mounts, list | tuple):
        raise TypeError("it must define 'mounts', a list of StaticMount(…)")
    for mount in mounts:
        if not isinstance(mount, StaticMount):
            raise TypeError(f"'mounts' holds {mount!r}, which is no StaticMount")
        mounted = Mounted(_prefix(mount, found), _root(mount, module), mount)
        detail = f"{mount.folder}, for {mount.access.describe()}"
        yield Contribution("static_mount", f"{mounted.prefix}/", module.__name__, mounted, detail)


def first_segment(path: str) -> str:
    """``shop`` of ``/shop/a``."""
    return path.split("/", 2)[1] if path.startswith("/") else ""


def _prefix(mount: StaticMount, found: Found) -> str:
    own = mount.prefix.rstrip("/")
    if not mount.top:
        return f"{PREFIX}/{found.mount}{own}"
    if not own:
        raise ValueError("a mount can't take the address / of the hub itself")
    if first_segment(own).lower() in RESERVED:
        raise ValueError(f"the address {own} belongs to the hub: choose another, or leave out top=")
    return own


def _root(mount: StaticMount, module: ModuleType) -> Path:
    if not module.__file__:
        raise ValueError("the module has no file to find its folders by")
    root = (Path(module.__file__).parent / mount.folder).resolve()
    if not root.is_dir():
        raise ValueError(f"the mount {mount.prefix}: there is no folder {mount.folder}")
    if mount.fallback and not (root / mount.fallback).is_file():
        raise ValueError(f"the mount {mount.prefix}: there is no file {mount.fallback} in it")
    return root
