"""The examples of documentation pages: files they show, and shell commands with what they answer.

A block with a file name (``title="plugins/shop/actions.py"``) is that file, or, where an earlier
block had the name, its continuation. In a block ``sh`` each ``# → text`` is promised: the output
has these texts, in their order.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.processes import ROOT, clean_environment

DOCS = ROOT / "docs"
ADDRESS = "127.0.0.1:8000"
_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """``language`` is that of the fence, ``file`` is empty where none is named."""

    page: str
    language: str
    file: str
    text: str


def blocks(page: str) -> list[Block]:
    """All of a page, such as ``plugins/actions.md``."""
    found = _BLOCK.findall((DOCS / page).read_text())
    return [Block(page, language, file, text) for language, file, text in found]


def navigation(folder: str) -> list[str]:
    """The pages of a folder, as the site orders them."""
    site = (DOCS / "site" / "mkdocs.yml").read_text()
    return re.findall(rf"({folder}/[\w-]+\.md)$", site, re.MULTILINE)


def write_files(found: Iterable[Block], folder: Path) -> None:
    """Write the files that blocks name below ``folder``."""
    for block in found:
        path = folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(block.text)


def install_command(folder: Path, python: Path | str = sys.executable) -> None:
    """Put the commands ``hub`` and ``python`` into ``folder``, whatever this environment has."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, started in {"hub": f'"{python}" -m hub', "python": f'"{python}"'}.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {started} "$@"\n')
        script.chmod(0o755)


def check_shell(
    text: str, *, folder: Path, programs: Path, port: int, settings: Mapping[str, str]
) -> None:
    """Run a block as it stands, but for the port. Raises where it fails or lacks a promise."""
    promised = re.findall(r"^# → (.+)$", text, re.MULTILINE)
    assert promised, f"nothing is promised by\n{text}"
    environment = clean_environment(PYTHONPATH=str(ROOT), **settings)
    environment["PATH"] = f"{programs}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text.replace(ADDRESS, f"127.0.0.1:{port}")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    rest = done.stdout
    for words in promised:
        _, found, rest = rest.partition(words)
        assert found, f"{words} is not in\n{done.stdout}\n{done.stderr}"
