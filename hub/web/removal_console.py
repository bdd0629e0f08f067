"""``plugins remove``: a dry run, or the removal itself, told at a terminal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hub.registry.removal.carrying_out import Removals, plan_all, remove
from hub.registry.removal.plan import Removal
from hub.registry.removal.telling import as_dict, coming_back, lines_of
from hub.web.console import write_json


def remove_plugin(command: BaseCommand, options: dict[str, Any]) -> None:
    """Prints what goes (went) on stdout, everything else on stderr.

    Raises :class:`CommandError` where something stands in the way.
    """
    label, cascade = options["label"], options["cascade"]
    removals = plan_all(label, cascade=cascade)
    _print(command, removals, as_json=options["json"])
    if removals.obstacles:
        lines = [f"'{label}' can't be removed:", *(f"  {text}" for text in removals.obstacles)]
        if all(obstacle.first for one in removals.all for obstacle in one.obstacles):
            lines.append("--cascade removes what needs it too, before it.")
        raise CommandError("\n".join(lines))
    if not options["yes"]:
        command.stderr.write("This is what would go; nothing has. With --yes it goes for good.")
        return
    remove(label, cascade=cascade)
    for removal in removals.all:
        command.stderr.write(f"{removal.label} is removed.")
    stays = coming_back(removal.label for removal in removals.all)
    if stays:
        command.stderr.write(stays)


def _print(command: BaseCommand, removals: Removals, *, as_json: bool) -> None:
    if as_json:
        write_json(command.stdout, [as_dict(removal) for removal in removals.all])
        return
    for removal in removals.all:
        command.stdout.write("\n".join(_told(removal)))


def _told(removal: Removal) -> list[str]:
    if removal.is_empty:
        return [f"{removal.label}: nothing of it is in the database.", *removal.unknown]
    lines = [f"{kind:<20} {what}" for kind, what in lines_of(removal)]
    return [f"{removal.label}:", *(f"  {line}" for line in (*lines, *removal.unknown))]
