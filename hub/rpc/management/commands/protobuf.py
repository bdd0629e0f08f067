from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.operations.services.exposed import exposed_services
from hub.rpc.numbering import Numbered, numbered
from hub.wire.protobuf.lock import BrokenLock


class Command(BaseCommand):
    """Lock, check and show the Protobuf messages of services."""

    requires_system_checks = ()  # differing numbers are what one is about to mend
    help = "Lock Protobuf's field numbers (protobuf.json), check them, or show the .proto files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("lock", "check", "show"))
        parser.add_argument(
            "label",
            nargs="?",
            help="A plugin's label. Without it: all plugins that have locked numbers; "
            "with 'show' all plugins.",
        )

    def handle(self, *args: Any, what: str, label: str | None, **options: Any) -> None:
        chosen = list(_chosen(label, every=what == "show"))
        try:
            if what == "lock":
                self._lock(chosen)
            elif what == "check":
                self._check(chosen)
            else:
                self._show(chosen)
        except (BrokenLock, OSError) as error:
            raise CommandError(str(error)) from None

    def _lock(self, chosen: list[Numbered]) -> None:
        for each in chosen:
            each.path.write_text(each.text(), encoding="utf-8")
            self.stdout.write(str(each.path))

    def _check(self, chosen: list[Numbered]) -> None:
        found = [sentence for each in chosen for sentence in each.differences()]
        if found:
            raise CommandError("\n".join([*found, "'hub protobuf lock' writes the new numbers."]))

    def _show(self, chosen: list[Numbered]) -> None:
        for each in chosen:
            for compiled in each.compiled().values():
                self.stdout.write(compiled.text())


def _chosen(label: str | None, *, every: bool) -> Iterator[Numbered]:
    services = exposed_services().by_name.values()
    if label is None:
        yield from (each for each in numbered(services) if every or each.is_locked)
        return
    found = list(numbered(each for each in services if each.plugin == label))
    if not found:
        raise CommandError(f"No plugin '{label}' has services that are exposed over Protobuf.")
    yield from found
