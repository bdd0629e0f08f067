"""``navigation.py``: entries of the admin's menu, below the plugin's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

Badge = Callable[[HttpRequest], object]

_ICON: Final = re.compile(r"[a-z0-9_]+")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the menu, for staff.

    ``link`` is a path (``/pages/shop/today``), an address (``https://…``) or the name of a URL
    (``admin:shop_order_changelist``); a name that leads nowhere is a failure of the plugin.
    ``icon`` is a Material symbol. ``permission`` (``app.codename``) hides the entry from all who
    lack it. Entries stand by ``order``, then as written. ``badge`` is called with the request at
    each page of the admin, so it must be quick; it returns a short text or a number, ``None`` for
    no badge. Raises :class:`TypeError` and :class:`ValueError` for what can't be an entry.
    """

    title: str
    link: str
    icon: str = "link"
    permission: str = ""
    order: int = 0
    badge: Badge | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.title, str) or not self.title.strip():
            raise ValueError(f"A menu entry has a title, not {self.title!r}.")
        if not isinstance(self.link, str) or not _is_link(self.link):
            raise ValueError(
                f"The menu entry '{self.title}': link= is a path, an http address or the name of a "
                f"URL such as 'admin:shop_order_changelist', not {self.link!r}."
            )
        if not isinstance(self.icon, str) or not _ICON.fullmatch(self.icon):
            raise ValueError(
                f"The menu entry '{self.title}': icon= is the name of a Material symbol such as "
                f"'bar_chart', not {self.icon!r}."
            )
        if self.permission:
            app, _, codename = str(self.permission).partition(".")
            if not app or not codename:
                raise ValueError(
                    f"The menu entry '{self.title}': permission= is written 'app.codename', "
                    f"not {self.permission!r}."
                )
        if not isinstance(self.order, int):
            raise TypeError(f"The menu entry '{self.title}': order= is a whole number.")
        if self.badge is not None and not callable(self.badge):
            raise TypeError(f"The menu entry '{self.title}': badge= is a function of the request.")

    @property
    def is_named(self) -> bool:
        """True when ``link`` is the name of a URL, to be resolved."""
        return not self.link.startswith(("/", "http://", "https://"))


def _is_link(text: str) -> bool:
    if any(character.isspace() for character in text):
        return False
    if text.startswith("/"):
        return not text.startswith(("//", "/\\"))
    return text.startswith(("http://", "https://")) or bool(_NAME.fullmatch(text))
