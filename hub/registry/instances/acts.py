"""What an operator can do with instances, as the admin offers it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from hub.client.instances import LARGEST_WEIGHT
from hub.registry.instances import steering
from hub.wire.errors import FieldError, InvalidInput

LONGEST_REASON: Final = 500
MOST: Final = 1000  # instances at once: until they are written, nobody else changes anything

STEER: Final = "change"
EVICT: Final = "delete"

_Do = Callable[..., tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """``right`` is the permission of the model that it takes. ``tells`` says what will be so,
    ``done`` what is so then. One that ``is_final`` is asked for twice."""

    name: str
    label: str
    tells: str
    done: str
    icon: str
    do: _Do
    right: str = STEER
    is_final: bool = False

    @property
    def takes_weight(self) -> bool:
        return self.name == "weigh"


ACTS: Final[Mapping[str, Act]] = {
    each.name: each
    for each in (
        Act(
            name="drain",
            label="Drain",
            tells="It ends the calls it has and gets no new ones, until it is restored.",
            done="drains",
            icon="water_drop",
            do=steering.drain,
        ),
        Act(
            name="take_out",
            label="Take out of service",
            tells="Nobody calls it, until it is restored. A restart of its own changes nothing.",
            done="is out of service",
            icon="do_not_disturb_on",
            do=steering.take_out,
        ),
        Act(
            name="restore",
            label="Restore",
            tells="What it says of itself counts again.",
            done="is restored",
            icon="settings_backup_restore",
            do=steering.restore,
        ),
        Act(
            name="weigh",
            label="Set weight",
            tells="It is called in proportion to its weight; 0 is not at all.",
            done="has the weight",
            icon="balance",
            do=steering.set_weight,
        ),
        Act(
            name="evict",
            label="Evict",
            tells="Its row is removed and its lease ends. One that lives may register anew.",
            done="is evicted",
            icon="delete",
            do=steering.evict,
            right=EVICT,
            is_final=True,
        ),
    )
}


def perform(
    act: Act, ids: Collection[str], posted: Mapping[str, str], *, user_id: int | None
) -> tuple[str, ...]:
    """Do it to those instances: which of them it changed. Raises :class:`InvalidInput` without a
    reason, or for a weight that is none."""
    reason = reason_in(posted)
    if len(ids) > MOST:
        raise _wrong("instances", f"are more than {MOST} at once; narrow the list first")
    do = partial(act.do, ids, reason=reason, user_id=user_id)
    return do(weight=_weight(posted.get("weight", ""))) if act.takes_weight else do()


def reason_in(posted: Mapping[str, str]) -> str:
    """Why the operator does it. Raises :class:`InvalidInput` where nothing is said, or too much."""
    reason = " ".join(posted.get("reason", "").replace("\x00", "").split())
    if not reason:
        raise _wrong("reason", "is required: whoever looks later wants to know why")
    if len(reason) > LONGEST_REASON:
        raise _wrong("reason", f"must have at most {LONGEST_REASON} characters")
    return reason


def _weight(text: str) -> int | None:
    """Nothing is the instance's own word."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise _wrong("weight", f"must be a whole number from 0 to {LARGEST_WEIGHT}")
    return int(text)


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"The {field} {message}.", [FieldError(field, message, "invalid")])
