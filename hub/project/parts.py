"""The parts the hub stands on: embedded, unless the environment names a service."""

from __future__ import annotations

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from pydantic import SecretStr

from hub.project.environment import Environment
from hub.project.state import sqlite_file

# Waiting for the write lock instead of failing is what lets threads and processes share SQLite.
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000;"
    "PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY;"
)

# Seconds until a service that does not answer counts as gone.
_CONNECT_TIMEOUT = 5
# Redis hands an unacknowledged task to another worker after this time, by default an hour.
_VISIBILITY_TIMEOUT = 360
# A task that runs longer counts as failed, unless it declares a time_limit of its own. Shorter
# than the visibility timeout, or Redis would have slow tasks run twice.
_TASK_TIME_LIMIT = 300


def database(environment: Environment) -> dict[str, Any]:
    """Django's settings of the default database."""
    if environment.database_url is None:
        file = sqlite_file(environment)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": file,
            "CONN_MAX_AGE": None,
            "OPTIONS": {"init_command": _SQLITE_PRAGMAS, "transaction_mode": "IMMEDIATE"},
            "TEST": {"NAME": file.with_name("test.sqlite3")},
        }
    try:
        parsed: dict[str, Any] = dict(
            dj_database_url.parse(environment.database_url.get_secret_value())
        )
    except ValueError:
        raise ImproperlyConfigured("wrong setting: DATABASE_URL: can't be read") from None
    options = parsed.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", _CONNECT_TIMEOUT)
    # A pool instead of persistent connections, as Django advises under ASGI: threads that end
    # give theirs back. It is large enough that no thread ever waits for another's.
    options["pool"] = {"min_size": 0, "max_size": environment.worker_threads + 24, "timeout": 10}
    return {**parsed, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}


def caches(environment: Environment) -> dict[str, Any]:
    if environment.redis_url is None:
        return {
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "OPTIONS": {"MAX_ENTRIES": 10_000},  # 300 if not said
            }
        }
    return {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": environment.redis_url.get_secret_value(),
            "KEY_PREFIX": "hub",
            "OPTIONS": {
                "socket_connect_timeout": _CONNECT_TIMEOUT,
                "socket_timeout": _CONNECT_TIMEOUT,
            },
        }
    }


def channel_layers(environment: Environment) -> dict[str, Any]:
    if environment.redis_url is None:
        # A socket may stay open longer than the day that Channels keeps groups by default.
        config = {"group_expiry": 10 * 365 * 86_400}
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": config}}
    return {
        "default": {
            "BACKEND": "hub.web.sockets.redis_layer.RedisLayer",
            # The layer's reads wait for five seconds, and so does the client until it gives up on
            # a silent server: it must be the more patient of the two.
            "CONFIG": {
                "hosts": [
                    {"address": environment.redis_url.get_secret_value(), "socket_timeout": 10}
                ],
                "prefix": "hub",
            },
        }
    }


def celery(environment: Environment) -> dict[str, Any]:
    """Settings of Celery, each to be prefixed with ``CELERY_``. A task is acknowledged when it is
    done, so a killed worker loses none. Without a broker the database is one."""
    broker = _secret(environment.broker_url)
    transport = {"visibility_timeout": _VISIBILITY_TIMEOUT} if broker.startswith("redis") else {}
    return {
        "BROKER_URL": broker or "hubdatabase://",
        "BROKER_TRANSPORT_OPTIONS": transport,
        "BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "TASK_ACKS_LATE": True,
        "TASK_REJECT_ON_WORKER_LOST": True,
        "TASK_IGNORE_RESULT": True,
        "TASK_TIME_LIMIT": _TASK_TIME_LIMIT,
        "RESULT_EXPIRES": None,  # nothing to clean up
        "WORKER_PREFETCH_MULTIPLIER": 1,
        # A process of the pool starts the lifespans of plugins before it says that it is there.
        "WORKER_PROC_ALIVE_TIMEOUT": environment.start_timeout + 10.0,
        "WORKER_ENABLE_REMOTE_CONTROL": bool(broker),
        "WORKER_HIJACK_ROOT_LOGGER": False,
        "BEAT_SCHEDULER": "hub.schedules.beat:HubScheduler",
        "TIMEZONE": "UTC",
    }


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
