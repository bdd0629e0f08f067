"""``config show | check``: every setting with its source, and whether all are right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.loader.catalog import Failure, Plugin
from hub.operations.configuration import current
from hub.operations.configuration.listing import listed, masked
from hub.operations.engine import engine
from hub.project.environment import FILE_SETTINGS, origin_of
from hub.web.console import write_json


class Command(BaseCommand):
    help = "Show all settings with their sources, secrets masked, or check them."
    requires_system_checks = ()  # wrong settings must not keep one from looking

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="show|check")
        show = verbs.add_parser("show", help="Print each setting, its value and its source.")
        show.add_argument("--plugin", metavar="LABEL", help="Only the settings of one plugin.")
        show.add_argument("--json", action="store_true", help="Print JSON, for programs.")
        verbs.add_parser(
            "check",
            help="Exit with 1 and sentences on stderr where a plugin's settings are wrong. (Wrong "
            "settings of the hub itself end every command with 2.)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._follow()
        if options["verb"] == "check":
            self._check()
        else:
            self._show(options["plugin"], as_json=options["json"])

    def _follow(self) -> None:
        try:
            current.follow()
        except Exception as error:  # noqa: BLE001 - whatever a database driver may raise
            reason = str(error).partition("\n")[0]
            self.stderr.write(
                f"The admin's values are left out, since they can't be read: {reason}"
            )

    def _show(self, label: str | None, *, as_json: bool) -> None:
        plugins = engine().catalog.plugins
        if label is not None and label not in plugins:
            raise CommandError(f"There is no plugin '{label}'.")
        entries = [*([] if label else _of_the_hub()), *_of_plugins(label)]
        if as_json:
            write_json(self.stdout, entries)
            return
        texts = [(entry["key"], _text(entry["value"]), entry["source"]) for entry in entries]
        widths = [max((len(row[column]) for row in texts), default=0) for column in (0, 1)]
        for key, value, source in texts:
            self.stdout.write(f"{key:{widths[0]}} = {value:{min(widths[1], 40)}}  # {source}")
        for plugin, failure in _failures():
            if label in (None, plugin.label):
                self.stderr.write(f"{plugin.label}: {failure.message}")

    def _check(self) -> None:
        sentences = [f"{plugin.label}: {failure.message}" for plugin, failure in _failures()]
        for sentence in sentences:
            self.stderr.write(sentence)
        if sentences:
            raise CommandError(f"{len(sentences)} wrong setting{'s' * (len(sentences) > 1)}.")
        self.stdout.write("All settings are right.")


def _of_the_hub() -> Iterator[dict[str, Any]]:
    environment = settings.ENVIRONMENT
    values = environment.model_dump(mode="json")
    for name, info in type(environment).model_fields.items():
        if name in FILE_SETTINGS:
            secret = "Secret" in str(info.annotation)
            value = masked(values[name]) if secret else values[name]
            yield _entry(name, value, origin_of(name, settings.HUB_SOURCES), info.description)


def _of_plugins(label: str | None) -> Iterator[dict[str, Any]]:
    for owner, slot in sorted(current.slots().items()):
        if label in (None, owner):
            for shown in listed(slot.settled):
                key = f"plugins.{owner}.{shown.leaf.key}"
                yield _entry(key, shown.value, shown.origin.place, shown.leaf.info.description)


def _entry(key: str, value: Any, source: str, description: str | None) -> dict[str, Any]:
    return {"key": key, "value": value, "source": source, "description": description or ""}


def _failures() -> Iterator[tuple[Plugin, Failure]]:
    for plugin in engine().catalog:
        for failure in (*plugin.failures, *current.failures_of(plugin.label)):
            if failure.where == "settings" or failure.where == f"{plugin.package}.config":
                yield plugin, failure


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
