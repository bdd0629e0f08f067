"""Which plugin's code made Django's start fail?"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

from hub.loader.manifests import Found


def culprit(error: BaseException, plugins: Iterable[Found]) -> Found | None:
    """The plugin whose file stands deepest in the traceback of ``error``, if any does."""
    folders = {folder: found for found in plugins if (folder := _folder_of(found.package))}
    for file in _files_of(error):
        for folder, found in folders.items():
            if file.is_relative_to(folder):
                return found
    return None


def _folder_of(package: str) -> Path | None:
    module = sys.modules.get(f"{package}.apps")
    return Path(module.__file__).resolve().parent if module and module.__file__ else None


def _files_of(error: BaseException) -> Iterable[Path]:
    """Files in the traceback, deepest first. The file of a syntax error runs no frame."""
    if isinstance(error, SyntaxError) and error.filename:
        yield Path(error.filename).resolve()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        yield Path(frame.filename).resolve()
