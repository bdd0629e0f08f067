from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from hub.web.console import write_json
from hub.web.openapi.document import document


class Command(BaseCommand):
    """Print the OpenAPI document."""

    requires_system_checks = ()  # a broken plugin must not keep one from looking
    help = "Print the OpenAPI 3.1 document of everything reachable over REST."

    def handle(self, *args: Any, **options: Any) -> None:
        write_json(self.stdout, document())
