"""A Python with aspyx-service as published, for programs that run beside the hub."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path
from typing import Final

from tests.processes import ROOT

_KEPT: Final = ROOT / ".bench-aspyx"  # by the benchmark, so that it is fetched once
_PACKAGES: Final = ("aspyx-service==0.11.6", "uvicorn[standard]")


class NotInstalled(Exception):
    """The packages can't be had here."""


def python_with_aspyx(otherwise: Path = _KEPT) -> Path:
    """The one that is kept, or one made in the folder ``otherwise``. Raises
    :class:`NotInstalled`."""
    wanted = "\n".join(_PACKAGES)
    for folder in (_KEPT, otherwise):
        stamp = folder / "requirements.txt"
        if stamp.exists() and stamp.read_text() == wanted:
            return folder / "bin" / "python"
    venv.create(otherwise, with_pip=True, clear=True)
    python = otherwise / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", *_PACKAGES]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode:
        raise NotInstalled(f"aspyx-service can't be installed here: {done.stderr[-300:]}")
    (otherwise / "requirements.txt").write_text(wanted)
    return python
