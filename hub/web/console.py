"""The command line's manners: JSON on stdout, messages on stderr, exit code 0 only on success."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.management.base import CommandError, OutputWrapper
from pydantic_core import to_json

from hub.wire.errors import HubError


def write_json(stdout: OutputWrapper, value: Any) -> None:
    stdout.write(to_json(value, indent=2, fallback=str).decode())


def fail(error: HubError) -> NoReturn:
    """End the command with the error's sentence, its hint and each wrong field."""
    lines = [f"{error.message} [{error.code}]"]
    if error.hint:
        lines.append(error.hint)
    for entry in error.detail.get("errors", ()):
        lines.append(f"  {entry['field'] or '(all)'}: {entry['message']} [{entry['code']}]")
    raise CommandError("\n".join(lines)) from error
