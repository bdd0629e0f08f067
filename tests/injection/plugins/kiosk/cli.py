from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.sdk import Injected

from .providers import Ink, Paper, note


def setup(options: Mapping[str, Any], paper: Injected[Paper]) -> None:
    note(f"{paper.buyer} sets up on port {options['port']}")


def teardown(options: Mapping[str, Any], ink: Injected[Ink]) -> None:
    note(f"{ink.color} ink is put away")
