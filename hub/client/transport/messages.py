"""What goes over HTTP and comes back, without the bytes of HTTP itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from hub.client.transport.heads import Head
from hub.wire.errors import HubError

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Request(NamedTuple):
    """``headers`` have lower-case names, and take the place of those of the ``head``.
    ``deadline`` is on the clock of :func:`time.monotonic`."""

    head: Head
    deadline: float
    headers: Mapping[str, str] = _NONE
    body: bytes = b""


class Headers(Mapping[str, str]):
    """Those of an answer. They stay the bytes that came: of ten, callers ask for one or two."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Mapping[bytes, bytes]) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        found = self._raw.get(name.encode())
        if found is None:
            raise KeyError(name)
        return found.decode("latin-1")

    def get(self, name: str, default: Any = None, /) -> Any:
        found = self._raw.get(name.encode())
        return default if found is None else found.decode("latin-1")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.encode() in self._raw

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __repr__(self) -> str:
        return repr(dict(self))


class Answer(NamedTuple):
    """``headers`` have lower-case names; the values of repeated ones are joined with commas. The
    ``body`` is as it was sent: what its Content-Encoding did is not undone."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class BadAnswer(HubError):
    """The other side answered what can't be read."""

    default_code = "bad_answer"
    default_status = 502
