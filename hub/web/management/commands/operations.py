from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.operations.engine import engine
from hub.operations.operation import Operation
from hub.web.console import write_json


class Command(BaseCommand):
    """List operations as JSON."""

    requires_system_checks = ()  # a broken plugin must not keep one from looking
    help = "List all operations, those of a plugin, or one with its schemas, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="A plugin's label or an operation's name.")

    def handle(self, *args: Any, **options: Any) -> None:
        operations = engine().operations
        name = options["name"]
        if name in operations.by_name:
            operation = operations.by_name[name]
            write_json(self.stdout, _entry(operation) | _schemas(operation))
            return
        if name is not None and name not in engine().catalog.plugins:
            raise CommandError(f"There is no plugin or operation '{name}'.")
        chosen = operations if name is None else operations.of(name)
        write_json(self.stdout, [_entry(operation) for operation in chosen])
        for refused in operations.refused:
            if name in (None, refused.plugin):
                self.stderr.write(refused.reason)


def _entry(operation: Operation) -> dict[str, Any]:
    return {
        "name": operation.name,
        "summary": operation.summary,
        "access": operation.access.describe(),
        "timeout": operation.timeout,
        "routes": [f"{route.method} {route.path}" for route in operation.routes],
        "parameters": list(operation.input.parameters),
    }


def _schemas(operation: Operation) -> dict[str, Any]:
    return {"input": operation.input.json_schema, "result": operation.output.json_schema}
