from __future__ import annotations

from typing import Annotated, Any

from django.core.management.base import CommandParser

from hub.sdk import Command as BaseCommand
from hub.sdk import Inject, Injected

from ...providers import Paper


class Command(BaseCommand):
    help = "Subscribe to the paper."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(
        self,
        *args: Any,
        name: str,
        paper: Injected[Paper],
        two: Annotated[Paper, Inject("async")],
        **options: Any,
    ) -> None:
        self.stdout.write(f"{name}, {paper.buyer}, {two.buyer}")
