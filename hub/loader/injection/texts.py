"""Types and paths as people read them."""

from __future__ import annotations

import re
from typing import Any, get_args


def described(hint: Any, qualifier: str = "") -> str:
    """``Repository[Item] 'reports'`` rather than ``shop.models.Repository[shop.models.Item]``."""
    if isinstance(hint, type) and not get_args(hint):
        text = hint.__name__
    else:
        text = re.sub(r"\b(?:\w+\.)+(?=\w)|~", "", str(hint))
    return f"{text} '{qualifier}'" if qualifier else text


def path_of(names: list[str]) -> str:
    return " → ".join(names)
