"""From an answer that tells of a failure back to an exception, the same on every channel."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import from_json

from hub.client.methods import RemoteMethod, remote_service
from hub.client.transport.messages import Answer, BadAnswer
from hub.wire.codecs.compression import inflate
from hub.wire.codecs.limits import Limits
from hub.wire.envelope import ENVELOPE, ErrorEnvelope, ErrorMap, error_map
from hub.wire.envelope_codecs import EXCEPTION_HEADER, HEADER, envelope_codec
from hub.wire.errors import DeadlineExceeded, HubError, Unauthenticated, Unavailable
from hub.wire.problem import MEDIA_TYPE as PROBLEM

_TOLD: Final = ("retry-after", "allow")  # what callers may go by
_REFUSED: Final = "__hub_refused_at_the_edge__"
_BETWEEN: Final = {502: Unavailable, 503: Unavailable, 504: DeadlineExceeded}
_WORDS: Final = ("detail", "message", "error", "title")
_LONGEST: Final = 500  # characters of a foreign message
_PROBLEM_OWN: Final = frozenset(
    {"type", "title", "status", "code", "detail", "hint", "instance", "exception"}
)


def body_of(answer: Answer, limits: Limits) -> bytes:
    """Without its Content-Encoding. Raises :class:`BadAnswer`."""
    encoding = answer.headers.get("content-encoding", "")
    if not encoding:
        return answer.body
    try:
        return inflate(answer.body, encoding, limits)
    except HubError as error:
        raise BadAnswer(f"The answer can't be read: {error.message}") from None


def raised(method: RemoteMethod, answer: Answer, limits: Limits) -> Exception:
    """The exception that an answer other than 2xx stands for: of the class that was raised where
    this process knows it. Of an answer by something in between, such as a proxy, the text is not
    told."""
    try:
        envelope = _envelope(answer, limits)
    except (HubError, ValidationError, ValueError):
        envelope = None
    if envelope is None:
        error: Exception = _by_status(method, answer, limits)
    else:
        error = _errors(method.interface).exception(envelope)
    if isinstance(error, HubError):
        told = {name: answer.headers[name] for name in _TOLD if name in answer.headers}
        error.headers = {**error.headers, **{name.title(): text for name, text in told.items()}}
    if isinstance(error, Unauthenticated) and _refuses_token(answer):
        setattr(error, _REFUSED, True)
    return error


def is_refused_token(error: Unauthenticated) -> bool:
    """Whether the edge that was called refused the token, before it did anything. An operation may
    raise the same exception after half of its work, or hand on that of a call of its own."""
    return getattr(error, _REFUSED, False)


def _refuses_token(answer: Answer) -> bool:
    challenge = answer.headers.get("www-authenticate", "")
    by_hub = HEADER in answer.headers or EXCEPTION_HEADER in answer.headers
    return "invalid_token" in challenge or not by_hub  # RFC 6750 §3.1


@functools.lru_cache(maxsize=1024)
def _errors(interface: type) -> ErrorMap:
    if interface is object:  # called by name
        return error_map()
    return error_map(remote_service(interface).declaration.raises)


def _envelope(answer: Answer, limits: Limits) -> ErrorEnvelope | None:
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == PROBLEM:
        return _of_problem(answer, body_of(answer, limits))
    if HEADER not in answer.headers:
        return None
    found: ErrorEnvelope = envelope_codec(media_type).decode(body_of(answer, limits), limits)
    return found


def _of_problem(answer: Answer, body: bytes) -> ErrorEnvelope:
    members = from_json(body, allow_inf_nan=False)
    if not isinstance(members, dict):
        raise ValueError("A problem is an object.")
    exception = members.get("exception") or answer.headers.get(EXCEPTION_HEADER, "")
    return ENVELOPE.validate_python(
        {
            "code": members.get("code") or f"http_{answer.status}",
            "message": members.get("detail") or members.get("title") or _phrase(answer.status),
            "status": answer.status,
            "hint": members.get("hint", ""),
            "detail": {key: each for key, each in members.items() if key not in _PROBLEM_OWN},
            "exception": exception,
        }
    )


def _by_status(method: RemoteMethod, answer: Answer, limits: Limits) -> Exception:
    status = answer.status
    said = _said(answer, limits)
    text = f"{method} was answered {status} {_phrase(status)}".rstrip()
    message = f"{text}: {said}" if said else f"{text}, by something that is no hub."
    if status < 400:
        return BadAnswer(f"{text}; redirects are not followed." if status >= 300 else f"{text}.")
    kind = _BETWEEN.get(status)
    if kind is not None:
        return kind.restored(message, code=kind.default_code, status=status)
    return error_map().exception(
        ErrorEnvelope(code=f"http_{status}", message=message, status=status)
    )


def _said(answer: Answer, limits: Limits) -> str:
    """The sentence of a JSON document of another kind; pages are not shown."""
    if "json" not in answer.headers.get("content-type", ""):
        return ""
    try:
        document: Any = from_json(body_of(answer, limits))
    except (HubError, ValueError):
        return ""
    members: Mapping[str, Any] = document if isinstance(document, dict) else {}
    found = next((members[word] for word in _WORDS if isinstance(members.get(word), str)), "")
    return str(found)[:_LONGEST]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
