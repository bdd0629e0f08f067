"""Putting something else in place of what a provider makes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from hub.sdk.containers import container


def override(kind: Any, value: Any, *, qualifier: str = "") -> AbstractContextManager[None]:
    """``with override(Clock, stopped):`` everyone who asks for a ``Clock`` gets ``stopped``.

    It counts for all threads of the process. What lives as long as the process is made anew
    meanwhile. Raises :class:`hub.sdk.InjectionError` where no provider makes ``kind``.
    """
    return container.override(kind, value, qualifier=qualifier)
