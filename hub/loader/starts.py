"""What each plugin's start costs, and, when asked, each step of it told while it happens.

The steps: ``manifest`` (importing ``apps.py``), ``models`` and ``ready`` (Django's), one for each
convention module (importing and reading it), and ``operations`` (compiling them).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TextIO

from hub.sdk.manifest import watch_starts


@dataclass(frozen=True, slots=True)
class Step:
    """``seconds`` is the time on the clock."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """The steps of one plugin's start in this process, in the order in which they came."""

    steps: tuple[Step, ...] = ()

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)


NOTHING: Final = Cost()


class Starts:
    """Collects the steps of all plugins, by label."""

    def __init__(self) -> None:
        self._steps: dict[str, dict[str, float]] = {}
        self._out: TextIO | None = None

    def tell(self, out: TextIO | None) -> None:
        """Write each step to ``out`` from now on, with its milliseconds."""
        self._out = out

    def heading(self, text: str) -> None:
        self._write(f"{text}\n")

    def begin(self, label: str) -> None:
        """Forget what an earlier start in this process took."""
        self._steps.pop(label, None)

    @contextmanager
    def step(self, label: str, name: str) -> Iterator[None]:
        # The line begins before the step does: a start that hangs shows where.
        self._write(f"  {label}: {name} ")
        started = time.perf_counter()
        outcome = "failed after "
        try:
            yield
            outcome = ""
        finally:
            seconds = time.perf_counter() - started
            self._steps.setdefault(label, {})[name] = seconds
            self._write(f"{outcome}{seconds * 1000:.1f} ms\n")

    def called(self, label: str, *, before: str) -> None:
        """The plugin that was called ``before`` by its folder has this label."""
        if label != before and before in self._steps:
            self._steps[label] = self._steps.pop(before)

    def cost_of(self, label: str) -> Cost:
        steps = self._steps.get(label, {})
        return Cost(tuple(Step(name, seconds) for name, seconds in steps.items()))

    def _write(self, text: str) -> None:
        if self._out is not None:
            self._out.write(text)
            self._out.flush()


starts: Final = Starts()
watch_starts(starts.step)
