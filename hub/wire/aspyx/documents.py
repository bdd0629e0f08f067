"""Calls of the channels ``dispatch-json`` and ``dispatch-msgpack`` of aspyx-service.

``{"method": "component:service:method", "args": […]}`` is answered with ``{"result": …,
"exception": null}``; a failure is a result of null and its text, with HTTP status 200.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json, to_json

from hub.wire.codecs.codec import not_encodable
from hub.wire.codecs.json_codec import check_json
from hub.wire.codecs.limits import STANDARD, Limits
from hub.wire.codecs.message_pack import pack, unpack
from hub.wire.errors import BadRequest, HubError


@dataclass(frozen=True, slots=True)
class Method:
    """``component:service:method``, as they name it."""

    component: str
    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.component}:{self.service}:{self.name}"


@dataclass(frozen=True, slots=True)
class Call:
    """``arguments`` are JSON-like values by position, not yet validated."""

    method: Method
    arguments: Sequence[Any]


class RemoteFailure(HubError):
    """The other side answered with a text; aspyx tells nothing else of a failure."""

    default_code = "remote_failure"
    default_status = 502


@dataclass(frozen=True, slots=True)
class Documents:
    """Both forms are the same maps. Results are JSON-like values."""

    media_type: str
    write: Callable[[Any], bytes]
    read: Callable[[bytes, Limits], Any]

    def write_call(self, call: Call) -> bytes:
        return self.write({"method": str(call.method), "args": list(call.arguments)})

    def read_call(self, body: bytes, limits: Limits = STANDARD) -> Call:
        """Raises :class:`BadRequest` for what is no call."""
        document = self.read(body, limits)
        if not isinstance(document, dict):
            raise BadRequest("The call is no object.", code="invalid_call")
        arguments = document.get("args", [])
        if not isinstance(arguments, list):
            raise BadRequest("args: is no list of arguments.", code="invalid_call")
        return Call(read_method(document.get("method")), arguments)

    def write_result(self, result: Any) -> bytes:
        return self.write({"result": result, "exception": None})

    def write_failure(self, text: str) -> bytes:
        return self.write({"result": None, "exception": text})

    def read_answer(self, body: bytes, limits: Limits = STANDARD) -> Any:
        """The result. Raises :class:`RemoteFailure` with the text of a failure."""
        document = self.read(body, limits)
        if not isinstance(document, dict):
            raise BadRequest("The answer is no object.", code="invalid_answer")
        return answered(document)


def read_method(text: object) -> Method:
    """Raises :class:`BadRequest` for what is no ``component:service:method``."""
    parts = text.split(":") if isinstance(text, str) else []
    if len(parts) != 3 or not all(parts):
        raise BadRequest("method: is not component:service:method.", code="invalid_call")
    return Method(*parts)


def answered(document: dict[str, Any]) -> Any:
    failure = document.get("exception")
    if failure is not None:
        raise RemoteFailure(str(failure))
    return document.get("result")


def _write_json(tree: Any) -> bytes:
    try:
        return to_json(tree)
    except (ValueError, RecursionError) as error:
        raise not_encodable(str(error)) from None


def _read_json(body: bytes, limits: Limits) -> Any:
    check_json(body, limits)
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"The JSON can't be read: {error}.", code="invalid_json") from None


JSON: Final = Documents("application/json", _write_json, _read_json)
MESSAGE_PACK: Final = Documents("application/msgpack", pack, unpack)
