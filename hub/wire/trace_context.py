"""W3C Trace Context: the headers ``traceparent`` and ``tracestate``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

_TRACEPARENT: Final = re.compile(
    r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII
)
_TRACESTATE: Final = re.compile(r"[\x20-\x7e\t]{1,512}")
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One process's part of a trace. ``trace_id`` has 32, ``span_id`` and ``parent_id`` 16 hex
    digits; ``parent_id`` is empty where the trace begins here."""

    trace_id: str
    span_id: str
    parent_id: str = ""
    flags: str = "00"
    state: str = ""

    @property
    def traceparent(self) -> str:
        """What to send, so that the receiver is a child of this span."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def new_span() -> Span:
    """The first span of a new trace."""
    return Span(trace_id=os.urandom(16).hex(), span_id=os.urandom(8).hex())


def continued(traceparent: str, tracestate: str = "") -> Span:
    """A new span in the trace that the headers name; in a new trace where they name none.

    What is not well-formed counts as absent (W3C Trace Context §3.2 and §4.3): it never fails.
    """
    found = _TRACEPARENT.fullmatch(traceparent.strip())
    if found is None:
        return new_span()
    version, trace_id, parent_id, flags, more = found.groups()
    wrong = version == "ff" or trace_id == _NO_TRACE or parent_id == _NO_SPAN
    if wrong or (version == "00" and more):
        return new_span()
    return Span(
        trace_id=trace_id,
        span_id=os.urandom(8).hex(),
        parent_id=parent_id,
        flags="01" if int(flags, 16) & 1 else "00",  # "sampled" is all that version 00 defines
        state=tracestate if _TRACESTATE.fullmatch(tracestate) else "",
    )
