"""What an address of a service must be, and which drivers it needs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit


def host_of(address: str, *, schemes: tuple[str, ...]) -> str:
    """The host of ``address``, or nothing if it is no address of one of these schemes."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in schemes else ""


def missing_drivers(*, database: str, redis: str, broker: str) -> Iterator[str]:
    """A sentence for each service whose driver is not installed. Empty addresses need none."""
    needs = (
        ("DATABASE_URL", database, ("psycopg", "psycopg_pool"), "postgres"),
        ("REDIS_URL", redis, ("redis", "channels_redis"), "redis"),
        ("CELERY_BROKER_URL", broker.startswith("redis"), ("redis",), "redis"),
    )
    for variable, wanted, modules, extra in needs:
        if wanted and not all(find_spec(module) for module in modules):
            yield (
                f"{variable}: its driver is not installed: "
                f"pip install 'django-service-hub[{extra}]'"
            )
