"""The one form of errors between programs, on every channel, and the way back to exceptions.

What a caller gets is made of classes it already has: those of the hub, subclasses of
:class:`HubError` that are loaded, and exceptions it declared. A name from the wire never
leads to an import.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter, with_config
from pydantic_core import from_json, to_json

from hub.wire import errors
from hub.wire.errors import HubError, InternalError

_ARGUMENTS: Final = "args"
_STANDARD: Final = tuple(
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, HubError) and kind is not HubError
)
_BY_CODE: Final = {kind.default_code: kind for kind in _STANDARD}
_BY_STATUS: Final = {
    kind.default_status: kind for kind in reversed(_STANDARD) if kind.default_status != 400
}


@with_config(ConfigDict(extra="ignore"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEnvelope:
    """``exception`` is the qualified name of the class that was raised, or empty. Members that a
    later version adds are skipped."""

    code: str
    message: str
    status: int = 500
    hint: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    exception: str = ""


ENVELOPE: Final = TypeAdapter(ErrorEnvelope)


@dataclass(frozen=True, slots=True)
class ErrorMap:
    """``declared``: exceptions besides :class:`HubError` that both sides know."""

    declared: Mapping[str, type[Exception]]

    def envelope(self, error: BaseException) -> ErrorEnvelope:
        """What callers learn of an error; of one that is not declared, nothing but that it was."""
        if isinstance(error, HubError):
            return _of_hub(error)
        found = self._declared_kind(error)
        if found is None:
            return _of_hub(InternalError("Something broke inside."))
        name, kind = found
        return ErrorEnvelope(
            code=str(getattr(kind, "code", "") or _snake(kind.__name__)),
            message=_sayable(str(error)),
            status=_status(getattr(kind, "status", 400)),
            detail={_ARGUMENTS: _plain(list(error.args))},
            exception=name,
        )

    def _declared_kind(self, error: BaseException) -> tuple[str, type[Exception]] | None:
        """Its class, or the nearest base of it that is declared."""
        for kind in type(error).__mro__:
            declared = self.declared.get(qualified(kind))
            if declared is kind:
                return qualified(kind), declared
        return None

    def exception(self, envelope: ErrorEnvelope) -> Exception:
        """The exception that was raised, where its class is known; else the hub's own with that
        code or status, with a note of the class it had."""
        declared = self.declared.get(envelope.exception)
        if declared is not None:
            made = _declared(declared, envelope)
            if made is not None:
                return made
        kind = _loaded().get(envelope.exception)
        if kind is not None:
            return kind.restored(envelope.message, **_members(envelope))
        nearest = _BY_CODE.get(envelope.code) or _BY_STATUS.get(envelope.status) or HubError
        error = nearest.restored(envelope.message, **_members(envelope))
        if envelope.exception:
            error.add_note(f"The other side raised {envelope.exception[:200]}.")
        return error


def error_map(declared: Iterable[type[Exception]] = ()) -> ErrorMap:
    """Raises :class:`ValueError` where two declared exceptions have one name."""
    known: dict[str, type[Exception]] = {}
    for kind in declared:
        if known.setdefault(qualified(kind), kind) is not kind:
            raise ValueError(f"Two exceptions are called {qualified(kind)}.")
    return ErrorMap(known)


def qualified(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _of_hub(error: HubError) -> ErrorEnvelope:
    return ErrorEnvelope(
        code=error.code,
        message=_sayable(error.message),
        status=error.status,
        hint=_sayable(error.hint),
        detail=_plain(dict(error.detail)),
        exception=qualified(type(error)),
    )


def _members(envelope: ErrorEnvelope) -> dict[str, Any]:
    return {
        "code": envelope.code,
        "status": _status(envelope.status),
        "hint": envelope.hint,
        "detail": dict(envelope.detail),
    }


def _declared(kind: type[Exception], envelope: ErrorEnvelope) -> Exception | None:
    """Made of the arguments it had, as pickle would; of its message where those don't fit."""
    arguments = envelope.detail.get(_ARGUMENTS, [envelope.message])
    for given in (arguments, [envelope.message]):
        if isinstance(given, list):
            try:
                return kind(*given)
            except Exception:  # noqa: BLE001, S112 - the class is the caller's own
                continue
    return None


def _loaded() -> dict[str, type[HubError]]:
    """All kinds of :class:`HubError` there are in this process, by qualified name."""
    return {qualified(kind): kind for kind in _kinds(HubError)}


def _kinds(kind: type[HubError]) -> Iterator[type[HubError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def _plain(value: Any) -> Any:
    """JSON-like values; texts that no JSON can hold are left out rather than the error."""
    try:
        document = to_json(value, fallback=str, bytes_mode="base64", inf_nan_mode="strings")
    except (ValueError, RecursionError):
        return type(value)()
    return from_json(document)


def _sayable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _status(status: object) -> int:
    return status if isinstance(status, int) and 400 <= status <= 599 else 500


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
