"""What of the instances needs attention: for the start page of the admin, worst first."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Case, Count, Sum, When

from hub.client.instances import InstanceStatus
from hub.registry import links
from hub.registry.instances import brakes
from hub.registry.instances.brakes import BrakeState
from hub.registry.instances.brakes_admin import levers
from hub.registry.instances.rows import Brake, Instance, InstanceService
from hub.registry.rows_admin import toned

_MOST: Final = 10  # of a kind
_CALLABLE: Final = tuple(status.value for status in InstanceStatus if status.takes_calls)

Entry = dict[str, Any]


def troubled() -> list[Entry]:
    """``{badge, what, why, url}`` of each: services that nobody can call, services of which too few
    instances are well, brakes that hold or that an operator has set. Six queries."""
    if not Instance.objects.exists():
        return _set_by_hand(brakes.state())
    state = brakes.state()
    dead = _without_callable()
    few = sorted(state.protected - dead.keys())
    return [
        *_capped(
            [_uncallable(name, count) for name, count in dead.items()], "have none that takes calls"
        ),
        *_holding(state),
        *_capped([_protected(name) for name in few], "are protected"),
        *_set_by_hand(state),
    ]


def _without_callable() -> dict[str, int]:
    """How many instances each service has of which none takes calls."""
    well = Sum(Case(When(instance__status__in=_CALLABLE, then=1), default=0))
    rows = InstanceService.objects.order_by("name").values("name")
    found = rows.annotate(well=well, all=Count("pk")).filter(well=0)
    return {each["name"]: each["all"] for each in found}


def _uncallable(name: str, count: int) -> Entry:
    return {
        "badge": toned("no instance", "bad"),
        "what": name,
        "why": f"None of its {count:,} instances takes calls."
        if count > 1
        else "Its one instance takes no calls.",
        "url": f"{links.list_of(Instance)}?service={name}",
    }


def _protected(name: str) -> Entry:
    return {
        "badge": toned("protected", "warning"),
        "what": name,
        "why": "Too few of its instances are well, so all of them are called.",
        "url": f"{links.list_of(Instance)}?service={name}",
    }


def _holding(state: BrakeState) -> list[Entry]:
    found = []
    if state.preserving:
        told = (
            f"{state.arrived:,.0f} of {state.expected:,.0f} expected renewals came in the last "
            "minute: nothing is evicted."
        )
        found.append(_brake("holds", "bad", "Self-preservation", told))
    elif state.held_back and not state.quiet:
        told = f"{state.held_back:,} leases are over, and their instances not evicted yet."
        found.append(_brake("holds", "warning", "Cap of evictions", told))
    return found


def _set_by_hand(state: BrakeState) -> list[Entry]:
    return [
        _brake(
            "set by hand", "warning", each.title, f"An operator has set it to: {each.mode.label}."
        )
        for each in levers(state)
        if each.mode is not Brake.Mode.AUTO
    ]


def _brake(word: str, tone: str, what: str, why: str) -> Entry:
    return {"badge": toned(word, tone), "what": what, "why": why, "url": links.list_of(Brake)}


def _capped(entries: list[Entry], words: str) -> list[Entry]:
    if len(entries) <= _MOST:
        return entries
    rest = {
        "badge": entries[0]["badge"],
        "what": f"{len(entries) - _MOST} more services",
        "why": f"They {words} too.",
        "url": links.list_of(Instance),
    }
    return [*entries[:_MOST], rest]
