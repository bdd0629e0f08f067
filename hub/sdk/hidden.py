"""Parameters that the side that is called fills in, so that no caller sees them."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hub.sdk.callers import CallContext, Caller
from hub.sdk.injection import injection_of

HiddenKind = Literal["", "caller", "context", "injected"]


def hidden_kind(hint: Any) -> HiddenKind:
    """What fills a parameter of this annotation in; empty where callers give it."""
    if injection_of(hint) is not None:
        return "injected"
    wrapped = get_origin(hint) in (Annotated, Union, UnionType)
    candidates = (hint, *(get_args(hint) if wrapped else ()))
    if Caller in candidates:
        return "caller"
    return "context" if CallContext in candidates else ""
