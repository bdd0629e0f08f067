"""Leases by the database's clock: who may do what only one does, and who is alive."""

from __future__ import annotations

import os
import secrets
import socket
from typing import Final

from django.db.models import Q

from hub.registry.clock import DatabaseTime
from hub.schedules.models import Lease

BEAT: Final = "beat"
WORKER: Final = "worker:"


def new_owner() -> str:
    """A name that no other process, nor this one after a restart, has."""
    return f"{socket.gethostname()[:100]}-{os.getpid()}-{secrets.token_hex(4)}"


def take(name: str, owner: str, *, seconds: float) -> bool:
    """Take or renew the lease. False while it is another owner's."""
    free = Lease.objects.filter(Q(owner=owner) | Q(until__lt=DatabaseTime()), name=name)
    if free.update(owner=owner, until=DatabaseTime() + seconds):
        return True
    if Lease.objects.filter(name=name).exists():
        return False
    Lease.objects.bulk_create([Lease(name=name, owner=owner, until=0.0)], ignore_conflicts=True)
    return bool(free.update(owner=owner, until=DatabaseTime() + seconds))


def give_up(name: str, owner: str) -> None:
    """Let another have it at once."""
    Lease.objects.filter(name=name, owner=owner).delete()


def forget_ended(*, older_than: float = 3600.0) -> None:
    """Delete the leases that ended ``older_than`` seconds ago."""
    Lease.objects.filter(until__lt=DatabaseTime() - older_than).delete()


def is_beat_alive() -> bool:
    """True when some process runs beat."""
    return Lease.objects.filter(name=BEAT, until__gte=DatabaseTime()).exists()


def workers_alive() -> int:
    """How many workers are known to run."""
    return Lease.objects.filter(name__startswith=WORKER, until__gte=DatabaseTime()).count()
