"""Which of the connections that wait is taken, and which are closed."""

from __future__ import annotations

import time
from dataclasses import dataclass

from hub.client.transport.idle import MOST, IdleConnections
from hub.client.transport.places import Origin

HERE, THERE = Origin("here", 80), Origin("there", 80)


@dataclass(eq=False)
class Line:
    """A connection without a socket. ``age`` is how old it is when it is kept, in seconds."""

    age: float = 0.0
    since: float = 0.0
    open: bool = True

    def is_open(self) -> bool:
        return self.open

    def rest(self) -> None:
        self.since = time.monotonic() - self.age

    def close(self) -> None:
        self.open = False


def idle(*lines: Line) -> IdleConnections[Line]:
    made: IdleConnections[Line] = IdleConnections(timeout=30.0)
    for line in lines:
        made.keep(HERE, line)
    return made


def test_the_one_in_use_last_is_taken_first_and_once() -> None:
    first, last = Line(), Line()
    kept = idle(first, last)
    assert [kept.take(HERE) for _ in range(3)] == [last, first, None]


def test_a_place_has_its_own() -> None:
    line = Line()
    kept = idle(line)
    assert kept.take(THERE) is None
    assert kept.take(HERE) is line


def test_what_waited_too_long_or_was_closed_meanwhile_is_not_taken() -> None:
    old, good, ended = Line(age=31), Line(age=29), Line()
    kept = idle(old, good, ended)
    ended.close()
    assert kept.take(HERE) is good
    assert kept.take(HERE) is None
    assert not old.open


def test_beyond_the_most_the_oldest_is_closed() -> None:
    lines = [Line() for _ in range(MOST + 1)]
    idle(*lines)
    assert [line.open for line in lines] == [False] + [True] * MOST


def test_all_are_closed_at_the_end_and_later_ones_kept() -> None:
    first, later = Line(), Line()
    kept = idle(first)
    kept.close()
    assert not first.open
    kept.keep(HERE, later)
    assert kept.take(HERE) is later
