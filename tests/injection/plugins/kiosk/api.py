from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router

from hub.sdk import Inject, Injected

from .providers import Paper

router = Router()


@router.get("/plain/{page}", auth=None)
def plain(request: HttpRequest, page: int, paper: Injected[Paper], size: str = "A4") -> list[str]:
    return [paper.buyer, paper.transport, str(page), size]


@router.get("/waiting", auth=None)
async def waiting(request: HttpRequest, paper: Annotated[Paper, Inject("async")]) -> str:
    return paper.buyer


@router.get("/plain-waiting")
def plain_waiting(
    request: HttpRequest, one: Annotated[Paper, Inject("async")], paper: Injected[Paper]
) -> list[str]:
    return [one.buyer, paper.buyer]
