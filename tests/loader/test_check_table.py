"""``docs/checks.md`` lists every check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.processes import ROOT

ROW = re.compile(r"^\| `hub\.([EW]\d{3})` \| .+ \| .+ \|$", re.MULTILINE)
# finding("004", …), finding("001" if refused else "002", …), id="hub.W101"
IDS = re.compile(r'finding\(\s*"(\d{3})"(?: if \w+ else "(\d{3})")?|"hub\.([EW]\d{3})"')


def in_code() -> Iterator[str]:
    for path in (ROOT / "hub").rglob("*.py"):
        for first, second, whole in IDS.findall(path.read_text()):
            yield from (f"W{number}" for number in (first, second) if number)
            if whole:
                yield whole


def test_the_table_lists_the_checks_of_the_code() -> None:
    listed = ROW.findall((ROOT / "docs" / "checks.md").read_text())
    assert listed == sorted(set(listed), key=lambda entry: (entry[1:], entry))
    assert set(listed) == set(in_code())
    assert {"W001", "W002", "W004"} <= set(listed)
