from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from graphql import print_schema

from hub.web.graphql.schema import hub_schema


class Command(BaseCommand):
    """Print the GraphQL schema."""

    requires_system_checks = ()  # a broken plugin must not keep one from looking
    help = "Print the GraphQL schema (SDL) of everything reachable at /graphql."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(print_schema(hub_schema().full))
