"""JSON-like Python values, on their way to Pydantic's JSON reader."""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec
from pydantic_core import to_json

from hub.wire.errors import BadRequest

_ENCODER: Final = msgspec.json.Encoder()


def tree_to_json(tree: Any) -> bytes:
    """The document. Bytes become base64; integers may be of any size; floats must be finite."""
    try:
        return _ENCODER.encode(tree)
    except OverflowError:  # integers beyond 64 bits
        return to_json(tree, bytes_mode="base64", inf_nan_mode="constants")
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRequest(f"The body can't be read: {error}.", code="invalid_body") from None


def refuse_non_finite(tree: Any) -> None:
    """NaN and infinity are no JSON, so they mean nothing on other codecs either."""
    if isinstance(tree, float):
        if not math.isfinite(tree):
            raise BadRequest("NaN and infinity can't be read.", code="not_finite")
    elif isinstance(tree, dict):
        for value in tree.values():
            refuse_non_finite(value)
    elif isinstance(tree, (list, tuple)):
        for value in tree:
            refuse_non_finite(value)
