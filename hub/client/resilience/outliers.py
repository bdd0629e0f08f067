"""When an address is left out because its calls fail, for how long, and how many may be.

After Envoy's outlier detection: five failures in a row, 30 s longer each time, never more than
half of a service's addresses. Afterwards one call is the probe. Time is told, never read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

FAILURES: Final = 5  # in a row
EJECTION: Final = 30.0  # seconds, times how often it has happened lately
LONGEST_EJECTION: Final = 300.0

RECENT: Final = 500  # calls whose times are kept

_SMOOTHING: Final = 0.1


@dataclass(slots=True, kw_only=True)
class Address:
    """What one endpoint's calls came to. ``failures`` are in a row; ``times`` is how often it was
    left out lately; ``ejected_until`` is 0.0 for one that is not left out. Of one whose time is
    over, ``probing`` says whether the probe is under way. ``recent`` is what the last calls
    took, in seconds."""

    instance: str
    url: str
    outstanding: int = 0
    calls: int = 0
    errors: int = 0
    failures: int = 0
    ejections: int = 0
    times: int = 0
    ejected_at: float = 0.0
    ejected_until: float = 0.0
    readmitted_at: float = 0.0
    probing: bool = False
    latency: float = 0.0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    used_at: float = 0.0

    @property
    def is_ejected(self) -> bool:
        return self.ejected_until > 0.0

    def begin(self, now: float) -> None:
        self.outstanding += 1
        self.calls += 1
        self.used_at = now
        if 0.0 < self.ejected_until <= now:
            self.probing = True

    def worked(self, started: float, now: float) -> bool:
        """An answer came. True where it brings the address back."""
        self._ended(started, now)
        if not self.is_ejected:
            self.failures = 0
            return False
        if started < self.ejected_at:
            return False  # a slow answer from before says nothing of now
        self.failures = 0
        self.ejected_until, self.probing, self.readmitted_at = 0.0, False, now
        return True

    def failed(self, started: float, now: float) -> bool:
        """It failed. True where it is due to be left out, or has failed its probe."""
        self._ended(started, now)
        self.errors += 1
        if self.is_ejected:
            if started < self.ejected_until:
                return False
            self.probing = False
            return True
        self.failures += 1
        return self.failures >= FAILURES

    def left(self, started: float, now: float) -> None:
        """The call ended without saying anything of the address."""
        self.outstanding -= 1
        if self.is_ejected and started >= self.ejected_until:
            self.probing = False

    def eject(self, now: float) -> None:
        """Leave it out. Each stretch of being well takes one from how often it has happened."""
        if not self.is_ejected:
            well = int((now - self.readmitted_at) / EJECTION)
            self.times = max(0, self.times - well)
        self.times += 1
        self.ejections += 1
        self.ejected_at = now
        self.ejected_until = now + min(LONGEST_EJECTION, EJECTION * self.times)

    def _ended(self, started: float, now: float) -> None:
        self.outstanding -= 1
        took = now - started
        self.recent.append(took)
        self.latency += (took - self.latency) * (_SMOOTHING if self.latency else 1.0)


def may_eject(pool: int, ejected: int) -> bool:
    """Whether one more of ``pool`` addresses may be left out: half at most, so never the last."""
    return ejected + 1 <= pool // 2


def set_aside(keys: Sequence[str], addresses: Mapping[str, Address], now: float) -> frozenset[str]:
    """Which of ``keys`` get no call now: those that are left out, and those whose probe is under
    way. Where a shrinking list makes them more than half, those that have been left out for the
    longest are used again."""
    aside = [
        key
        for key in keys
        if (address := addresses.get(key)) is not None
        and address.is_ejected
        and (address.probing or now < address.ejected_until)
    ]
    most = len(keys) // 2
    if len(aside) > most:
        aside.sort(key=lambda key: addresses[key].ejected_at, reverse=True)
        del aside[most:]
    return frozenset(aside)
