"""The hub's checks of the parts it stands on."""

from __future__ import annotations

import secrets
from typing import Any, Final

from channels.layers import get_channel_layer
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from kombu.connection import Connection

from hub.health.heartbeats import SECONDS, heard
from hub.sdk.health import (
    Health,
    HealthDeclaration,
    Status,
    health_check,
    health_declaration_of,
)

_connect: Any = Connection  # kombu ships no types
_CONNECT_TIMEOUT: Final = 4.0  # seconds, below the check's deadline
_EMBEDDED: Final = "hubdatabase:"  # then the broker is a table


@health_check()
def database() -> None:
    """The database answers a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


@health_check(name="cache")
def cache_() -> Health:
    """The cache gives back what was put into it."""
    key, value = f"hub.health.{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(key, value, timeout=30)
    found = cache.get(key)
    cache.delete(key)
    if found == value:
        return Health(Status.UP)
    return Health(Status.DOWN, "What was put into the cache did not come back.")


@health_check(critical=False)
async def channel_layer() -> Health:
    """A message sent over the channel layer arrives."""
    layer: Any = get_channel_layer()
    channel = await layer.new_channel("hub.health")
    sent = {"type": "hub.health", "mark": secrets.token_hex(8)}
    await layer.send(channel, sent)
    if await layer.receive(channel) == sent:
        return Health(Status.UP)
    return Health(Status.DOWN, "Another message arrived than the one sent.")


@health_check(critical=False)
def broker() -> None:
    """The broker of background tasks can be reached."""
    if settings.CELERY_BROKER_URL.startswith(_EMBEDDED):
        apps.get_model("schedules", "Message")._default_manager.exists()
        return
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "max_retries": 0}
    with _connect(
        settings.CELERY_BROKER_URL, connect_timeout=_CONNECT_TIMEOUT, transport_options=options
    ) as connected:
        connected.connect()
        connected.default_channel.close()


@health_check(interval=SECONDS, critical=False)
def worker() -> Health:
    """A worker of background tasks is alive."""
    return heard("worker")


@health_check(interval=SECONDS, critical=False)
def beat() -> Health:
    """The beat, which sets schedules off, is alive."""
    return heard("beat")


def builtin_checks() -> list[HealthDeclaration]:
    declared = map(health_declaration_of, (database, cache_, channel_layer, broker, worker, beat))
    return [declaration for declaration in declared if declaration is not None]
