"""A folder with plugins and their tests, and pytest run in it as their authors would."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from tests.processes import ROOT, clean_environment

INI = """
    [pytest]
    DJANGO_SETTINGS_MODULE = hub.project.settings
    asyncio_mode = auto
    asyncio_default_fixture_loop_scope = function
    pythonpath = .
    filterwarnings = error
    addopts = --strict-markers --strict-config -ra --import-mode=importlib -p no:cacheprovider
    """


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, source in {"pytest.ini": INI, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source))


def run_pytest(folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(PYTHONPATH=str(ROOT), **settings)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
