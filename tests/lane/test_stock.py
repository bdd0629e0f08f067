"""Stock Django borrows the pool's threads, so that pages share a few database connections."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from hub.web.asgi import Application
from hub.web.lane.stock import StockOnLentThreads
from tests.lane.driver import Request
from tests.lane.embedded import embedded_only


def page(request: HttpRequest) -> HttpResponse:
    connection.ensure_connection()
    return HttpResponse(f"{threading.get_ident()} {id(connection.connection)}")


urlpatterns = [path("page", page)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("tests.lane.test_stock")
@embedded_only
async def test_requests_that_follow_one_another_share_connections(settings: Any) -> None:
    settings.MIDDLEWARE = []
    django: Any = ASGIHandler()
    stock: Application = StockOnLentThreads(django)
    bodies = {(await Request("/page").to(stock)).body for _ in range(20)}
    # The thread may still be on its way back when the next one comes.
    assert len(bodies) < 10
