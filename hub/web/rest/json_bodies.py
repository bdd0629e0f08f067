"""Request bodies as JSON: one reader for operations, ninja routes and resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from pydantic_core import from_json
from rest_framework.parsers import BaseParser

from hub.wire.errors import BadRequest


def read_json(body: bytes) -> Any:
    """Raises :class:`BadRequest` for what is no JSON (NaN is none), no UTF-8, or nested too deep,
    on which Python's own reader would break."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        message = f"The JSON can't be read: {error}."
        raise BadRequest(message, code="invalid_json") from None


class JsonParser(BaseParser):
    """DRF's view of :func:`read_json`. No body at all is an empty object."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read()
        return read_json(body) if body else {}
