"""``mounts.py``: folders of files that a plugin serves, such as a front-end that was built."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from math import isfinite
from pathlib import Path
from typing import Final

from hub.sdk.access import Access, authenticated

MAX_AGE: Final = 300

_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")


@dataclass(frozen=True, slots=True)
class StaticMount:
    """The files below ``folder``, which is relative to the plugin's package, at
    ``/mounts/<mount>`` + ``prefix``; with ``top=True`` at ``prefix`` itself.

    ``html``: a folder answers its ``index.html``, and what is not there ``404.html`` if there is
    one. ``fallback`` names the file that answers addresses without a file, as front-ends want that
    keep their own routes. ``access`` decides who may read: callers who are signed in, unless
    ``allow_all`` or another rule is said. ``max_age`` is for how many seconds browsers keep a file
    unasked; HTML is asked for each time. Dot files are never served.

    Raises :class:`TypeError` and :class:`ValueError` for what can't be a mount.
    """

    prefix: str
    folder: str | Path
    _: KW_ONLY
    html: bool = False
    fallback: str = ""
    access: Access = authenticated
    top: bool = False
    max_age: int = MAX_AGE

    def __post_init__(self) -> None:
        if not isinstance(self.prefix, str) or not _PREFIX.fullmatch(self.prefix or "?"):
            raise ValueError(f"A mount's prefix is written like /docs, not {self.prefix!r}.")
        if not isinstance(self.folder, str | Path) or not str(self.folder):
            raise TypeError(f"The mount {self.prefix}: folder is a path, not {self.folder!r}.")
        if not isinstance(self.access, Access):
            raise TypeError(
                f"The mount {self.prefix}: access= takes an access rule such as allow_all, "
                f"not {self.access!r}."
            )
        if not isinstance(self.max_age, int) or not isfinite(self.max_age) or self.max_age < 0:
            raise ValueError(f"The mount {self.prefix}: max_age= is a number of seconds.")
        if not isinstance(self.fallback, str) or self.fallback.startswith(("/", ".")):
            raise ValueError(
                f"The mount {self.prefix}: fallback= is a file below the folder such as "
                f"'index.html', not {self.fallback!r}."
            )
