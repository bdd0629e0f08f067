"""Flags made ready for evaluation: frozen, free of Django and of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from plugins.flags.operators import Test

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Reason(StrEnum):
    """Why a variant was chosen, in OpenFeature's words."""

    STATIC = "STATIC"
    DEFAULT = "DEFAULT"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    DISABLED = "DISABLED"
    ERROR = "ERROR"


class ErrorCode(StrEnum):
    """What kept a flag from being evaluated, in OpenFeature's words."""

    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"
    PARSE_ERROR = "PARSE_ERROR"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    TARGETING_KEY_MISSING = "TARGETING_KEY_MISSING"
    INVALID_CONTEXT = "INVALID_CONTEXT"
    GENERAL = "GENERAL"


@dataclass(frozen=True, slots=True)
class Condition:
    """One question to one attribute. For segment operators ``segments`` holds, by key, the
    conditions of each segment; all of one segment's must hold."""

    attribute: str
    operator: str
    values: tuple[str, ...]
    negated: bool
    test: Test = field(compare=False, repr=False)
    segments: Mapping[str, tuple[Condition, ...]] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Serve:
    """Either one ``variant``, or ``shares``: pairs of the first bucket beyond a variant's share
    and the variant, in order, the last bound being 100,000."""

    variant: str = ""
    shares: tuple[tuple[int, str], ...] = ()
    bucket_by: str = "targetingKey"


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """``conditions`` must all hold; none means everybody."""

    name: str
    conditions: tuple[Condition, ...]
    serve: Serve


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFlag:
    """One flag in one environment. ``broken`` says why it can't be evaluated, if it can't.

    ``prerequisites`` are pairs of another flag's key and the variant it must yield; ``expires_at``
    is in seconds since 1970. ``planned`` are pairs of a time, likewise, and the flag as it will be
    from then on, in order.
    """

    key: str
    type: str = "boolean"
    salt: str = ""
    variants: Mapping[str, Any]
    enabled: bool
    off: str
    default: Serve
    rules: tuple[CompiledRule, ...] = ()
    prerequisites: tuple[tuple[str, str], ...] = ()
    expires_at: float | None = None
    broken: str = ""
    planned: tuple[tuple[float, CompiledFlag], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every environment's flags by key, as of ``version`` of the tables. ``moments`` are the times
    at which flags change by themselves, in seconds since 1970."""

    version: str
    environments: Mapping[str, Mapping[str, CompiledFlag]]
    default: str = ""
    moments: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a flag yields for a context. ``variant`` is ``None``, and ``error_code`` is set, when
    it could not be evaluated; ``metadata`` holds texts, numbers and booleans only."""

    key: str
    value: Any
    variant: str | None
    reason: Reason
    metadata: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    error_code: ErrorCode | None = None
    error_details: str = ""
