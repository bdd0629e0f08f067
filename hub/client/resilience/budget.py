"""How many calls may be tried again: a share of all, so that retries never become a storm.

As in Finagle and Envoy: of the last ten seconds' calls a fifth may be tried again, and three a
second in any case, so that a program that calls seldom is not left without.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

WINDOW: Final = 10  # seconds
SHARE: Final = 0.2
LEAST: Final = 3  # retries a second


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReport:
    """The last seconds: how many calls there were, how many retries, and how many there may be."""

    calls: int
    retries: int
    allowed: int

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.retries)


class RetryBudget:
    """Of one service. Not safe across threads: the service's lock stands around it."""

    def __init__(self, *, share: float = SHARE, least: int = LEAST, window: int = WINDOW) -> None:
        self._share = share
        self._least = least * window
        self._window = window
        self._seconds: deque[list[int]] = deque()  # second, calls, retries; the oldest first

    def called(self, now: float) -> None:
        """Count a call; its retries are not calls of their own."""
        self._second(now)[1] += 1

    def take(self, now: float) -> bool:
        """Count a retry, if there may be one."""
        second = self._second(now)
        report = self.report(now)
        if report.retries >= report.allowed:
            return False
        second[2] += 1
        return True

    def report(self, now: float) -> BudgetReport:
        # The window's border lies within a second. Retries of that second count and calls do
        # not, so that the share holds in every stretch of ten seconds.
        border = int(now) - self._window
        calls = sum(each[1] for each in self._seconds if each[0] > border)
        retries = sum(each[2] for each in self._seconds if each[0] >= border)
        allowed = max(self._least, int(calls * self._share))
        return BudgetReport(calls=calls, retries=retries, allowed=allowed)

    def _second(self, now: float) -> list[int]:
        second = int(now)
        if not self._seconds or self._seconds[-1][0] < second:
            self._seconds.append([second, 0, 0])
            while self._seconds[0][0] < second - self._window:
                self._seconds.popleft()
        return self._seconds[-1]
