"""How many queries something takes, whenever it is asked."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def fewest(act: Callable[[], object]) -> int:
    """The queries of ``act``, at the least of three times: what is read again after a second falls
    due in one of them."""
    counted = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            act()
        counted.append(len(queries))
    return min(counted)
