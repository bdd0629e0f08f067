"""Secrets taken out of what is written: by the name they stand under, by their form, by value.

Everything that leaves the process for people to read later (log records, tracebacks, what is kept
of failed tasks) goes through here. Where it is not sure, it takes out rather too much.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote, quote_plus

T = TypeVar("T")

REDACTED: Final = "[redacted]"
SHORTEST: Final = 6  # characters; taking out shorter values would take out half of every text

_LONGEST_TEXT: Final = 32_768
_DEEPEST: Final = 8
_MOST_ITEMS: Final = 200

_NAMES: Final = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key"
    r"|signing[-_]?key|authori[sz]ation|cookie|credential|session[-_]?(?:id|key)|csrf|jwt"
)
_NAME: Final = re.compile(_NAMES, re.IGNORECASE)
# Names that hold such a word and tell no secret: token_type, password_changed_at, cookie_name.
_HARMLESS: Final = re.compile(
    r"(?:^(?:max|min|num|total)[-_].*|.*[-_](?:type|count|at|name|names|length|seconds|expires|scopes"
    r"|field|url|uri|used|left))$",
    re.IGNORECASE,
)

# name=value, "name": "value", name: value, in any quoting, also escaped. All
# repetitions are bounded or can't overlap, so that no text takes more than linear time.
_PAIR: Final = re.compile(
    rf"""(?P<name>(?:{_NAMES})[\w-]{{0,40}})
    (?P<between>\\{{0,3}}["']?\s{{0,4}}(?:=|:|%3D)\s{{0,4}})
    (?P<value>
        b?\\{{1,3}}(?P<escaped>["'])[^"'\\]{{0,4096}}\\{{1,3}}(?P=escaped)
      | b?"(?:[^"\\\r\n]|\\.){{0,4096}}"
      | b?'(?:[^'\\\r\n]|\\.){{0,4096}}'
      | (?:bearer|basic|token|digest)[ ]+[^\s,;&"'<>]+
      | (?!\[redacted\])(?:[^\s,;&"'<>()\[\]{{}}\\]|\[redacted\])+
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# ('name', 'value'), as lists of headers are written.
_TUPLE: Final = re.compile(
    rf"""([(\[]b?["'][\w.-]{{0,40}}(?:{_NAMES})[\w-]{{0,40}}["'],\s{{0,4}}b?)(["'])"""
    r"""(?:[^\\\r\n]|\\.){0,4096}?\2""",
    re.IGNORECASE,
)
# A header's line, whose value has parts of its own.
_HEADER: Final = re.compile(
    r"\b((?:proxy-)?authorization|(?:set-)?cookie)(: ?)(?![\"'])[^\r\n\"']+", re.IGNORECASE
)
_SHORT_QUERY: Final = re.compile(
    r"([?&](?:code|key|sig|signature|pin|otp)=)[^&\s\"'#]+", re.IGNORECASE
)
_USER_INFO: Final = re.compile(r"(://[^\s/@:\"']{0,256}:)[^\s/@\"']{1,512}@")
_SCHEME: Final = re.compile(
    r"\b(bearer|basic)( +|%20|\+)(?!tokens?\b|auth|scheme|realm|\[redacted)[\w.~+/=%-]{6,}",
    re.IGNORECASE,
)
_HUB_TOKEN: Final = re.compile(r"\b(hub_[0-9a-f]{8}_)[0-9a-f]+")
_WHOLE: Final = re.compile(
    r"\beyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*)?"  # JSON Web Tokens
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]{0,30}KEY-----|\Z)"
    r"|\b(?:gh[pousr]_[A-Za-z0-9]{20,}|xox[a-z]-[\w-]{10,}|AKIA[0-9A-Z]{16}|sk-[\w-]{16,})"
)
# What Pydantic shows of a wrong value in the text of its error.
_PYDANTIC_INPUT: Final = re.compile(r"(\binput_value=).{0,4096}?(, input_type=)")

_own: re.Pattern[str] | None = None
_protected: frozenset[str] = frozenset()


def protect(values: Iterable[str]) -> None:
    """Never write these values again, whatever they stand in, also quoted for a URL, for JSON or
    by ``repr``. Values shorter than :data:`SHORTEST` are not taken. Called at start."""
    global _own, _protected
    _protected |= {value for value in values if len(value) >= SHORTEST}
    forms = {form for value in _protected for form in _forms(value)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    _own = re.compile("|".join(map(re.escape, longest_first))) if forms else None


def is_secret_name(name: str) -> bool:
    """True where a value under this name (of a field, header, parameter or variable) is to be
    taken out."""
    return _NAME.search(name) is not None and _HARMLESS.match(name) is None


def redact_text(text: str, *, also: Collection[str] = ()) -> str:
    """``text`` without secrets, and without the values ``also``; cut where it is very long."""
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}… ({len(text)} characters)"
    if _own is not None:
        text = _own.sub(REDACTED, text)
    for value in also:
        if len(value) >= SHORTEST and value in text:
            text = text.replace(value, REDACTED)
    text = _HUB_TOKEN.sub(rf"\1{REDACTED}", text)
    text = _WHOLE.sub(REDACTED, text)
    if "://" in text:
        text = _USER_INFO.sub(rf"\1{REDACTED}@", text)
    if "input_value=" in text:
        text = _PYDANTIC_INPUT.sub(rf"\1{REDACTED}\2", text)
    text = _HEADER.sub(rf"\1\2{REDACTED}", text)
    text = _TUPLE.sub(rf"\1\2{REDACTED}\2", text)
    text = _PAIR.sub(_without_value, text)
    text = _SHORT_QUERY.sub(rf"\1{REDACTED}", text)
    return _SCHEME.sub(rf"\1 {REDACTED}", text)


def redact(value: Any, *, also: Collection[str] = ()) -> Any:
    """A copy of ``value`` made of dict, list, str, numbers, bool and None, without secrets.

    Objects are written by ``repr``; what can't be written is named by its type. It never raises.
    """
    return _copied(value, also, _DEEPEST)


def _copied(value: Any, also: Collection[str], depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(value, also=also)
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        items = _few(_text_items(value))
        return dict(_copied_pair(name, item, also, depth) for name, item in items)
    if isinstance(value, list | tuple | set | frozenset):
        pair = _secret_pair(value)
        return pair or [_copied(item, also, depth - 1) for item in _few(value)]
    if isinstance(value, bytes | bytearray | memoryview):
        return redact_text(bytes(value[:_LONGEST_TEXT]).decode(errors="replace"), also=also)
    return redact_text(_written(value), also=also)


def _copied_pair(name: str, value: Any, also: Collection[str], depth: int) -> tuple[str, Any]:
    told = redact_text(name, also=also)
    if is_secret_name(name) and value is not None and not isinstance(value, bool):
        return told, REDACTED if value != "" else ""
    return told, _copied(value, also, depth - 1)


def _text_items(value: Mapping[Any, Any]) -> Iterable[tuple[str, Any]]:
    try:
        return [(key if isinstance(key, str) else _written(key), value[key]) for key in value]
    except Exception:  # noqa: BLE001 - a mapping of anybody's
        return [("unreadable", type(value).__name__)]


def _secret_pair(value: Collection[Any]) -> list[str] | None:
    """``("authorization", …)``, as ASGI and others write headers."""
    if len(value) != 2 or not isinstance(value, list | tuple):
        return None
    name = value[0].decode("latin-1") if isinstance(value[0], bytes) else value[0]
    if not isinstance(name, str) or len(name) > 100 or not is_secret_name(name):
        return None
    return [redact_text(name), REDACTED]


def _few(items: Iterable[T]) -> Iterator[T]:
    for number, item in enumerate(items):
        if number == _MOST_ITEMS:
            return
        yield item


def _written(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - an object of anybody's
        return f"<{type(value).__name__} that can't be shown>"


def _without_value(found: re.Match[str]) -> str:
    if _HARMLESS.match(found["name"]):
        return found[0]
    value = found["value"].removeprefix("b")
    quoting = re.match(r"\\{0,3}[\"']", value)
    around = quoting[0] if quoting else ""
    return f"{found['name']}{found['between']}{around}{REDACTED}{around}"


def _forms(value: str) -> set[str]:
    """How ``value`` looks when something wrote it."""
    forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    forms |= {repr(value)[1:-1], repr(value.encode(errors="replace"))[2:-1]}
    forms |= {quote(value, safe=""), quote(value), quote_plus(value)}
    return {form for form in forms if len(form) >= SHORTEST}
