"""docs/codecs.md is true: its example runs, and the codes it tells are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hub.wire.protobuf.lock import FORMAT, read_lock, write_lock

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "codecs.md").read_text()


def test_its_example_runs() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    assert names["codec"].media_type == "application/x-protobuf"


def test_its_lock_is_one() -> None:
    (text,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    lock = read_lock(text)
    assert f'"format": {FORMAT}' in text
    assert read_lock(write_lock(lock)) == lock
    assert lock.numbers() == {"Item": {"name": 1, "price": 3}}


def test_it_tells_every_code_that_bodies_are_refused_with() -> None:
    folders = ("codecs", "protobuf")
    sources = [path for name in folders for path in (ROOT / "hub" / "wire" / name).glob("*.py")]
    codes = {code for path in sources for code in re.findall(r'code="(\w+)"', path.read_text())}
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.+?) \| \d", PAGE, re.M))))
    assert codes <= told
