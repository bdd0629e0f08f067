from __future__ import annotations

from typing import Annotated

from celery import shared_task

from hub.sdk import Inject, Injected

from .providers import Paper, note


@shared_task(bind=True)
def deliver(self, street: str, paper: Injected[Paper], two: Annotated[Paper, Inject("async")]):
    note(f"{self.name} to {street} by {paper.buyer} and {two.buyer}")
