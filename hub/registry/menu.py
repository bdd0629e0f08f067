"""The plugins' entries in the admin's menu (``navigation.py``)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape

from hub.loader.catalog import Catalog, Contribution, Failure
from hub.operations import switches
from hub.sdk.navigation import MenuEntry

logger = logging.getLogger(__name__)

_BADGE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class BadgeText:
    """The text of a badge. As a plain text django-unfold would take it for the path of a function
    to call."""

    text: str

    def __str__(self) -> str:
        return self.text


def menu_items(request: HttpRequest, catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    """django-unfold's items by plugin: of those that are on, what the user may see and what leads
    somewhere."""
    entries = {
        plugin.label: [
            cast(MenuEntry, contribution.value) for contribution in plugin.contributed("navigation")
        ]
        for plugin in catalog.loaded()
    }
    off = switches.off() if any(entries.values()) else frozenset()
    items = {
        label: [item for entry in found if (item := _item(request, label, entry)) is not None]
        for label, found in entries.items()
        if found and label not in off
    }
    return {label: found for label, found in items.items() if found}


def wrong_links(catalog: Catalog) -> Iterator[tuple[str, Failure]]:
    """Entries whose link is the name of a URL that is nowhere, by plugin."""
    for plugin in catalog.loaded():
        for contribution in plugin.contributed("navigation"):
            if not _address(contribution.value):
                yield plugin.label, _failure(contribution)


def _failure(contribution: Contribution) -> Failure:
    entry: MenuEntry = contribution.value
    return Failure(
        contribution.module,
        f"{contribution.module}: the menu entry '{entry.title}' links to '{entry.link}', and there "
        "is no URL of that name that needs no arguments; the entry is left out.",
    )


def _address(entry: MenuEntry) -> str:
    """Where the entry leads, empty where that is nowhere."""
    if not entry.is_named:
        return entry.link
    try:
        return reverse(entry.link)
    except NoReverseMatch:
        return ""


def _item(request: HttpRequest, label: str, entry: MenuEntry) -> dict[str, Any] | None:
    user = cast(User, request.user)  # the sidebar is for staff, who are signed in
    if entry.permission and not user.has_perm(entry.permission):
        return None
    link = _address(entry)
    if not link:
        return None
    item: dict[str, Any] = {
        "title": escape(entry.title),  # the template takes it as safe
        "link": link,
        "icon": entry.icon,
        "active": link.endswith("/") and request.path.startswith(link.partition("?")[0]),
        "order": entry.order,
    }
    badge = _badge(request, label, entry)
    return item if badge is None else {**item, "badge": badge, "badge_variant": "primary"}


def _badge(request: HttpRequest, label: str, entry: MenuEntry) -> BadgeText | None:
    if entry.badge is None:
        return None
    try:
        value = entry.badge(request)
        text = "" if value is None else str(value)
    except Exception:
        logger.exception("The badge of '%s' (plugin '%s') failed.", entry.title, label)
        return None
    return BadgeText(text[:_BADGE_LENGTH]) if text else None
