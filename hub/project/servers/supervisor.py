"""The process above several that serve: it starts them, starts dead ones anew, replaces them one
by one when told to reload, and stops them in good order.

Standard library only, and no other module of the hub than these: it is there to be small and to
live on when the hub's code is broken.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from typing import Any, Final

from hub.project.servers.changes import Changes
from hub.project.servers.children import Child, exit_in_words
from hub.project.servers.handover import PREPARE_ONLY
from hub.project.servers.slots import Slot
from hub.project.servers.supervisor_logs import begin_logging
from hub.project.servers.surroundings import has_terminal, remove_sockets
from hub.project.servers.watchdog import Watchdog

_MARGIN: Final = 10.0  # seconds beyond the grace period that a child has for its teardowns
_TRIES: Final = 3  # starts in a row that fail while nobody serves, until the hub gives up
_LOOK: Final = 0.5  # seconds between looks at files and clocks

logger = logging.getLogger("hub.supervisor")


def main(plan: str) -> int:
    """Run until stopped; the exit code: 0 after an ordered stop."""
    begin_logging()
    return Supervisor(json.loads(plan)).run()


class Supervisor:
    """``plan`` is made by supervising.py."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._command: list[str] = plan["command"]
        self._fds: list[int] = plan["fds"]
        self._files: list[tuple[str, int]] = [(path, inode) for path, inode in plan["files"]]
        self._patience: float = plan["patience"] + _MARGIN
        self._watchdog = Watchdog(plan["hang_timeout"])
        self._changes = Changes(plan["watched"]) if plan["watched"] else None
        self._slots = [Slot(number) for number in range(1, plan["workers"] + 1)]
        self._leaving: list[Child] = []
        self._check: subprocess.Popen[bytes] | None = None
        self._to_replace: list[Slot] = []
        self._reload_again = False
        self._failed = 0  # starts in a row
        self._stopping = False
        self._code = 0
        self._selector = selectors.DefaultSelector()
        self._has_terminal = has_terminal()
        self._bells = socket.socketpair()

    def run(self) -> int:
        self._handle_signals()
        for slot in self._slots:
            self._start(slot)
        try:
            while self._slots_alive() or not self._stopping:
                self._wait()
                self._look_at_children()
                if self._stopping:
                    self._kill_the_late()
                else:
                    self._watchdog.look(self._children())
                    self._look_at_reload()
                    self._start_the_due()
        finally:
            remove_sockets(self._files)
        return self._code

    # ── Signals ──────────────────────────────────────────────────────────────────────────────

    def _handle_signals(self) -> None:
        bell, hammer = self._bells
        for end in (bell, hammer):
            end.setblocking(False)
        signal.set_wakeup_fd(hammer.fileno(), warn_on_full_buffer=False)
        self._selector.register(bell, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGTERM, self._told_to_stop)
        signal.signal(signal.SIGINT, self._told_to_stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup sets it
            signal.signal(signal.SIGHUP, self._told_to_reload)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})

    def _told_to_stop(self, number: int, frame: object) -> None:
        if self._stopping:
            logger.warning("Told again to stop: ending at once.")
            remove_sockets(self._files)
            for child in self._children():
                child.kill()
            os._exit(128 + number)
        self._stop()

    def _told_to_reload(self, number: int, frame: object) -> None:
        if self._stopping:
            return
        if self._has_terminal and not has_terminal():  # the terminal was closed
            self._stop()
        else:
            self._reload_again = True

    def _stop(self, *, code: int = 0) -> None:
        self._stopping = True
        self._code = code
        for fd in self._fds:
            os.close(fd)  # connections are refused from now on, not left waiting
        if self._check is not None:
            self._check.kill()
        for child in self._children():
            child.stop()

    # ── Children ─────────────────────────────────────────────────────────────────────────────

    def _children(self) -> list[Child]:
        """All that may still run."""
        current = [child for slot in self._slots for child in (slot.child, slot.successor) if child]
        return [*current, *self._leaving]

    def _slots_alive(self) -> bool:
        return bool(self._children())

    def _new_child(self) -> Child:
        child = Child(self._command, fds=self._fds, prepare=self._changes is not None)
        self._selector.register(child.readable, selectors.EVENT_READ)
        return child

    def _start(self, slot: Slot) -> None:
        slot.child = self._new_child()

    def _wait(self) -> None:
        for key, _ in self._selector.select(_LOOK):
            if key.fileobj is self._bells[0]:
                self._bells[0].recv(4096)

    def _look_at_children(self) -> None:
        for slot in self._slots:
            for child in (slot.child, slot.successor):
                if child is not None and child.note():
                    self._is_ready(slot, child)
        for child in self._leaving:
            child.note()  # or its pipe would stay readable, and the supervisor never wait
        for child in self._children():
            code = child.ended()
            if code is not None:
                self._selector.unregister(child.readable)
                child.close()
                self._has_ended(child, code)

    def _is_ready(self, slot: Slot, child: Child) -> None:
        self._failed = 0
        if child is slot.successor:
            old, slot.child, slot.successor = slot.child, child, None
            if old is not None:
                self._leaving.append(old)
                old.leave()
            if not self._to_replace:
                logger.info("Reloaded.")

    def _has_ended(self, child: Child, code: int) -> None:
        if child in self._leaving:
            self._leaving.remove(child)
            return
        slot = next(slot for slot in self._slots if child in (slot.child, slot.successor))
        if self._stopping:
            slot.child, slot.successor = (
                None if child is slot.child else slot.child,
                None if child is slot.successor else slot.successor,
            )
            if code and child.is_ready:  # one that was still starting dies of the signal
                self._code = self._code or 1
        elif child is slot.successor:
            slot.successor = None
            self._to_replace.clear()
            logger.error("Not reloaded: the new code does not start. The old one serves on.")
        else:
            slot.child = None
            self._has_died(slot, child, code)

    def _has_died(self, slot: Slot, child: Child, code: int) -> None:
        if child.is_ready:
            logger.error("Process %s died (%s).", child.pid, exit_in_words(code))
        else:
            self._failed += 1
            logger.error("Process %s did not start (%s).", child.pid, exit_in_words(code))
        slot.note_end(child)
        if self._changes is not None and not child.is_ready:
            slot.wait_for_change()
            logger.info("Waiting for a change of the code.")
        elif self._failed >= _TRIES and not any(self._is_serving(other) for other in self._slots):
            logger.error("No process could be started: giving up.")
            self._stop(code=code if code > 0 else 1)

    def _is_serving(self, slot: Slot) -> bool:
        return slot.child is not None and slot.child.is_ready

    def _start_the_due(self) -> None:
        for slot in self._slots:
            if slot.child is None and slot.successor is None and slot.is_due():
                self._start(slot)

    def _kill_the_late(self) -> None:
        for child in self._children():
            if child.told is not None and time.monotonic() - child.told > self._patience:
                logger.error("Process %s did not stop in time: killed.", child.pid)
                child.kill()

    # ── Reload: first a look whether the new code starts, then one child after the other ─────

    def _look_at_reload(self) -> None:
        for child in self._leaving:
            if child.told is not None and time.monotonic() - child.told > self._patience:
                child.kill()
        changed = self._changes.look() if self._changes is not None else None
        if changed is not None:
            logger.info("%s has changed.", changed)
            self._begin_replacing()
        elif self._reload_again and self._check is None and not self._to_replace:
            self._reload_again = False
            logger.info("Told to reload: looking whether the new code starts.")
            self._check = subprocess.Popen([*self._command, PREPARE_ONLY])  # noqa: S603
        elif self._check is not None and self._check.poll() is not None:
            code, self._check = self._check.returncode, None
            if code == 0:
                self._begin_replacing()
            else:
                logger.error("Not reloaded: the new code does not start. The old one serves on.")
        self._replace_next()

    def _begin_replacing(self) -> None:
        for slot in self._slots:
            slot.retry_now()
            if slot.successor is not None:  # its code has changed again since
                slot.successor.kill()
                self._leaving.append(slot.successor)
                slot.successor = None
        self._to_replace = [slot for slot in self._slots if slot.child is not None]

    def _replace_next(self) -> None:
        if self._to_replace and not any(slot.successor for slot in self._slots):
            self._to_replace.pop(0).successor = self._new_child()
