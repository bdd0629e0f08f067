"""Where web triggers are reached, and when two paths are the same."""

from __future__ import annotations

import re

from hub.sdk.triggers import PageTrigger, WebTrigger

PREFIX = "/api"
PAGES = "/pages"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NINJA_OR_DJANGO = re.compile(r"\{[^{}]*\}|<[^<>]*>|\(\?P<[^)]*\)")


def web_path(mount: str, name: str, trigger: WebTrigger) -> str:
    """The absolute path: ``/api/<mount>/<kebab-name>``, or the trigger's own below the mount.

    Raises :class:`ValueError` for a path that can't be one.
    """
    return _path(PREFIX, mount, name, trigger.path)


def page_path(mount: str, name: str, trigger: PageTrigger) -> str:
    """The same for pages: ``/pages/<mount>/<kebab-name>``."""
    return _path(PAGES, mount, name, trigger.path)


def _path(prefix: str, mount: str, name: str, given: str | None) -> str:
    own = given if given is not None else name.replace("_", "-")
    path = f"{prefix}/{mount}/{own.lstrip('/')}"
    if re.search(r"[^!-~]|[?#%]|//|/\.{1,2}(/|$)", path) or "{" in _PLACEHOLDER.sub("", path):
        raise ValueError(f"{given!r} can't be a path: write it like /items/{{sku}}.")
    return path


def placeholders(path: str) -> tuple[str, ...]:
    """Names in the path's ``{braces}``. Each must fill a whole segment and be named once.

    Raises :class:`ValueError` where that is not so.
    """
    names = tuple(_PLACEHOLDER.findall(path))
    whole = all(
        segment.startswith("{") and segment.endswith("}")
        for segment in path.split("/")
        if "{" in segment
    )
    if not whole or len(set(names)) != len(names) or not all(name.isidentifier() for name in names):
        raise ValueError(f"{path!r}: each {{name}} fills one segment and is named once.")
    return names


def normalised(path: str) -> str:
    """``/a/{x}/`` and ``/a/<int:y>`` are one route: ``/a/{}``."""
    return _NINJA_OR_DJANGO.sub("{}", path).rstrip("/$") or "/"
