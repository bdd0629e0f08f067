from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from hub.operations.engine import engine
from hub.registry.sync import sync


class Command(BaseCommand):
    help = (
        "Write the plugins, services, components and operations of the code into the database. "
        "Prints a JSON summary of the changes; what operators set stays as it is."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        changes = sync(engine())
        self.stdout.write(
            json.dumps({kind: change.as_dict() for kind, change in changes.items()}, indent=2)
        )
        count = sum(
            len(names) for change in changes.values() for names in change.as_dict().values()
        )
        self.stderr.write(f"{count} rows changed." if count else "Nothing to change.")
