"""The tables of the flags plugin."""

from __future__ import annotations

from plugins.flags.models.flags import Environment, Flag, FlagState, FlagType, Variant
from plugins.flags.models.records import Change, EvaluationCount, SnapshotVersion
from plugins.flags.models.scheduling import ScheduledChange
from plugins.flags.models.targeting import Prerequisite, Rule, Segment
from plugins.flags.models.tracked import Tracked

__all__ = [
    "Change",
    "Environment",
    "EvaluationCount",
    "Flag",
    "FlagState",
    "FlagType",
    "Prerequisite",
    "Rule",
    "ScheduledChange",
    "Segment",
    "SnapshotVersion",
    "Tracked",
    "Variant",
]
