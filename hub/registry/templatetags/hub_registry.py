from __future__ import annotations

import json
from typing import Any

from django import template

register = template.Library()


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds for people: ``1.2 s``, ``3.4 ms``, or a dash where nothing was measured."""
    if seconds is None:
        return "-"
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


@register.filter
def per_second(rate: float) -> str:
    """Calls a second for people: ``1,200/s``, ``0.34/s``, ``0/s``, or that there are fewer than
    one in a hundred seconds."""
    if 0 < rate < 0.01:
        return "under 0.01/s"
    return f"{rate:,.0f}/s" if rate >= 100 or not rate else f"{rate:.2f}/s"


@register.filter
def age(seconds: float | None) -> str:
    """How long ago something was, for people: ``4 s``, ``3 min``, ``2 h``, ``5 d``."""
    if seconds is None:
        return "-"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


@register.filter
def pretty_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
