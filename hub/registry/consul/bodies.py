"""JSON bodies as Consul reads them: keys without regard to case, with or without underscores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic_core import from_json

from hub.registry.consul.durations import seconds_of
from hub.wire.errors import BadRequest

T = TypeVar("T")

_KINDS = {str: "text", bool: "true or false", int: "a whole number", list: "a list", dict: "a map"}


class Fields:
    """The members of an object; ``where`` names it in errors, which are :class:`BadRequest`.

    A member that is ``null`` counts as absent, and so does one of a name nobody asks for.
    """

    def __init__(self, members: Mapping[str, Any], *, where: str = "") -> None:
        self._members = {_plain(key): value for key, value in members.items() if value is not None}
        self._where = where

    @property
    def is_empty(self) -> bool:
        """Whether all it has is empty texts, lists, maps and noughts."""
        return not any(self._members.values())

    def has(self, *names: str) -> str | None:
        """The first of the names that has a value that is not empty."""
        return next((name for name in names if self._members.get(_plain(name))), None)

    def text(self, name: str, *, longest: int = 512) -> str:
        value: str = self._read(name, str, "")
        if len(value) > longest or "\x00" in value:
            raise wrong(f"{self._called(name)} must be at most {longest} characters of text")
        return value

    def number(self, name: str, default: int = 0, *, least: int = 0, most: int = 65535) -> int:
        value: int = self._read(name, int, default)
        if not least <= value <= most:
            raise wrong(f"{self._called(name)} must be from {least} to {most}")
        return value

    def flag(self, name: str) -> bool:
        value: bool = self._read(name, bool, False)
        return value

    def seconds(self, name: str, default: float = 0.0) -> float:
        """A duration: text, or a number of nanoseconds."""
        value = self._members.get(_plain(name))
        if value is None or value == "":
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value / 1e9
        try:
            seconds = seconds_of(value if isinstance(value, str) else repr(value))
        except ValueError as error:
            raise wrong(f"{self._called(name)}: {error}") from None
        if seconds < 0:
            raise wrong(f"{self._called(name)} must not be negative")
        return seconds

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts; ``None`` where there is none."""
        value = self._read(name, list, None)
        if value is None:
            return None
        if len(value) > 64 or not all(map(_is_short_text, value)):
            raise wrong(f"{self._called(name)} must be at most 64 texts of 255 characters")
        return tuple(value)

    def mapping(self, name: str, *, most: int = 64) -> dict[str, Any]:
        """A map whose keys are kept as they are."""
        value: dict[str, Any] = self._read(name, dict, {})
        if len(value) > most:
            raise wrong(f"{self._called(name)} must have at most {most} entries")
        return value

    def objects(self, name: str, *, most: int = 64) -> list[Fields]:
        value = self._read(name, list, [])
        if len(value) > most or not all(isinstance(each, dict) for each in value):
            raise wrong(f"{self._called(name)} must be at most {most} objects")
        return [Fields(each, where=self._called(name)) for each in value]

    def object(self, name: str) -> Fields:
        return Fields(self._read(name, dict, {}), where=self._called(name))

    def _read(self, name: str, kind: type[T], default: Any) -> Any:
        value = self._members.get(_plain(name), default)
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if value is not default and not fits:
            raise wrong(f"{self._called(name)} must be {_KINDS[kind]}")
        return value

    def _called(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name


def read_object(body: bytes) -> Fields:
    """Raises :class:`BadRequest` for what is no JSON object."""
    try:
        value = from_json(body, allow_inf_nan=False)  # texts of lone surrogates are none to it
    except ValueError:
        raise wrong("the body is no JSON") from None
    if not isinstance(value, dict):
        raise wrong("the body is no JSON object")
    return Fields(value)


def wrong(what: str) -> BadRequest:
    return BadRequest(f"Request decode failed: {what}")


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 255 and "\x00" not in value


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
