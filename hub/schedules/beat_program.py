"""The program ``celery beat``, made to stop whatever its first steps are when it is told to."""

from __future__ import annotations

import os
import signal
from typing import Any

from celery.apps.beat import Beat


class HubBeat(Beat):  # type: ignore[misc]
    """Told by TERM or INT, it ends its present tick and stops: within a second, unless a database
    keeps it waiting. Told again, it ends at once."""

    def install_sync_handler(self, service: Any) -> None:
        """Celery's own handler gives the schedule back and raises ``SystemExit`` there and then.
        Amid an import or a query, the first may wait for a lock that the interrupted code holds,
        and the second may be lost, as in a weak reference's callback. So this one takes a note,
        and the loop of ``service`` sees it."""
        told = False

        def stop(number: int, frame: object) -> None:
            nonlocal told
            if told:
                os._exit(128 + number)
            told = True
            service._is_shutdown.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
