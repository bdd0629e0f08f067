"""On which line of a TOML document a key stands. The standard parser does not tell.

It is asked about documents that parse, so it only has to find keys: values are skipped by their
brackets, quotes and comments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.operations.configuration.layers import Path

_SKIPPED = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'  # the closing quotes may follow one or two of the text's own
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*",
    re.DOTALL,
)
_KEY = re.compile(r"""[ \t]*(?:"((?:\\.|[^"\\\n])*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, from 1, of each key and table by its path. Keys of inline tables and of arrays are
    on the line of the key that holds them, and not listed."""
    text = text.replace("\r\n", "\n")
    found: dict[Path, int] = {}
    table: Path = ()
    position, line = 0, 1
    while position < len(text):
        end = _end_of_statement(text, position)
        statement = text[position:end]
        stripped = statement.lstrip(" \t")
        if stripped.startswith("["):
            table = _dotted(stripped.lstrip("["))
            _note(found, table, line)
        elif stripped.strip() and not stripped.startswith("#"):
            _note(found, (*table, *_dotted(stripped)), line, outside=len(table))
        line += text.count("\n", position, end + 1)
        position = end + 1
    return found


def _note(found: dict[Path, int], path: Path, line: int, *, outside: int = 0) -> None:
    """The dotted key's tables count from their first line on."""
    for length in range(outside + 1, len(path) + 1):
        found.setdefault(path[:length], line)


def _end_of_statement(text: str, position: int) -> int:
    """Where the statement's last line ends: brackets and texts may span several."""
    depth = 0
    while position < len(text):
        skipped = _SKIPPED.match(text, position)
        if skipped:
            position = skipped.end()
            continue
        character = text[position]
        if character == "\n" and depth <= 0:
            return position
        depth += (character in "[{") - (character in "]}")
        position += 1
    return position


def _dotted(text: str) -> Path:
    parts: list[str] = []
    position = 0
    while match := _KEY.match(text, position):
        quoted, literal, bare = match.groups()
        parts.append(_unescaped(quoted) if quoted is not None else literal or bare or "")
        position = match.end()
        if text[position : position + 1] != ".":
            break
        position += 1
    return tuple(parts)


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _ESCAPED.get(match[3], match[3])

    return _ESCAPE.sub(character, text)
