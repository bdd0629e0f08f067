"""Guessing passwords is slow: ten failures for a user name from one address, then a pause."""

from __future__ import annotations

import hashlib
import time

from django.core.cache import cache

from hub.wire.errors import HubError

FAILURES = 10
WINDOW_SECONDS = 5 * 60


class LoginLimit:
    """The attempts of one user name from one address, counted in Django's cache.

    An attempt counts before its password is checked, so that many at once don't slip through.
    """

    def __init__(self, *, username: str, address: str) -> None:
        name = hashlib.sha256(f"{address}\n{username.casefold()}".encode()).hexdigest()
        self._count, self._end = f"hub:login:{name}", f"hub:login-end:{name}"

    def begin(self) -> None:
        """Count an attempt. Raises 429 with ``Retry-After`` when there were too many."""
        now = time.time()
        if float(cache.get(self._end) or now) < now:
            self.succeeded()  # the cache's clock is a little behind this one
        if cache.add(self._end, now + WINDOW_SECONDS, WINDOW_SECONDS):
            cache.set(self._count, 0, WINDOW_SECONDS)
        try:
            attempts = cache.incr(self._count)
        except ValueError:  # it expired just now
            cache.set(self._count, 1, WINDOW_SECONDS)
            attempts = 1
        if attempts > FAILURES:
            end = float(cache.get(self._end) or now)
            wait = max(1, int(end - now) + 1)
            raise HubError(
                "Too many failed sign-ins.",
                code="too_many_requests",
                status=429,
                hint=f"Try again in {wait} seconds.",
                headers={"Retry-After": str(wait)},
            )

    def succeeded(self) -> None:
        cache.delete_many([self._count, self._end])
