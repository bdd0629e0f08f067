"""``plugins list | show | enable | disable | remove``."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.loader.catalog import Plugin
from hub.operations.engine import engine
from hub.registry.introspection import details_of, failures_of, summary_of
from hub.registry.models import Plugin as Row
from hub.registry.switches import switch
from hub.web.console import fail, write_json
from hub.web.plugins_console import table, told
from hub.web.removal_console import remove_plugin
from hub.wire.errors import HubError


class Command(BaseCommand):
    """Look at plugins, switch them and remove them."""

    requires_system_checks = ()  # a broken plugin must not keep one from looking
    help = "List plugins as JSON (the default), show, enable, disable or remove one."

    def add_arguments(self, parser: CommandParser) -> None:
        self._list_options(parser)
        parser.set_defaults(verb="", json=True)
        verbs = parser.add_subparsers(metavar="list|show|enable|disable|remove")
        listed = self._verb(verbs, "list", "List all plugins with state, cost and failures.")
        self._list_options(listed)
        shown = self._verb(verbs, "show", "All about one plugin.", label=True)
        shown.add_argument("--json", action="store_true", help="As JSON.")
        self._verb(verbs, "enable", "Switch a plugin on, in all processes.", label=True)
        self._verb(verbs, "disable", "Switch a plugin off, in all processes.", label=True)
        removed = self._verb(
            verbs,
            "remove",
            "Tell what a plugin has in the database; with --yes remove it: tables, schedules, "
            "permissions, rows.",
            label=True,
        )
        removed.add_argument("--yes", action="store_true", help="Do it, for good.")
        removed.add_argument(
            "--cascade", action="store_true", help="Remove the plugins that need it too."
        )
        removed.add_argument("--json", action="store_true", help="As JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["verb"]:
                case "show":
                    self._show(options["label"], as_json=options["json"])
                case "enable" | "disable" as verb:
                    self._switch(options["label"], on=verb == "enable")
                case "remove":
                    remove_plugin(self, options)
                case _:
                    self._list(as_json=options["json"], strict=options["strict"])
        except HubError as error:
            fail(error)

    def _list(self, *, as_json: bool, strict: bool) -> None:
        entries = [summary_of(engine(), *item) for item in engine().catalog.plugins.items()]
        if as_json:
            write_json(self.stdout, entries)
        else:
            self.stdout.write("\n".join(table(entries)))
        broken = [entry for entry in entries if entry["state"] != "running"]
        for entry in broken:
            for failure in failures_of(engine(), engine().catalog.plugins[entry["label"]]):
                text = f"{entry['label']}: {failure.message}\n{failure.traceback}"
                self.stderr.write(text.strip())
        if broken and strict:
            labels = ", ".join(entry["label"] for entry in broken)
            raise CommandError(f"Not fully running: {labels}.")

    def _show(self, label: str, *, as_json: bool) -> None:
        details = details_of(engine(), *_item(label))
        if as_json:
            write_json(self.stdout, details)
        else:
            self.stdout.write("\n".join(told(details)))

    def _switch(self, label: str, *, on: bool) -> None:
        key, _ = _item(label)
        row = Row.objects.filter(pk=key).first()
        if row is None:
            raise CommandError(f"'{label}' has no row yet: run sync_hub, or start the hub once.")
        changed = switch(row, on=on, user_id=None)
        word = "on" if on else "off"
        self.stderr.write(f"{label} is {word}." if changed else f"{label} was {word} already.")

    @staticmethod
    def _list_options(parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="As JSON.")
        parser.add_argument(
            "--strict", action="store_true", help="Fail when a plugin is not fully running."
        )

    @staticmethod
    def _verb(verbs: Any, name: str, text: str, *, label: bool = False) -> CommandParser:
        made: CommandParser = verbs.add_parser(name, help=text, description=text)
        made.set_defaults(verb=name)
        if label:
            made.add_argument("label", help="The plugin's label.")
        return made


def _item(label: str) -> tuple[str, Plugin]:
    plugins = engine().catalog.plugins
    if label not in plugins:
        near = get_close_matches(label, plugins, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(sorted(plugins))}."
        raise CommandError(f"There is no plugin '{label}'. {hint}")
    return label, plugins[label]
