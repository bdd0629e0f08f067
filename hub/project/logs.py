"""Django's ``LOGGING``: all loggers to one handler on stderr, and the secrets it never writes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog
from pydantic import SecretStr

from hub.logs.formats import chosen_format
from hub.project.environment import Environment
from hub.project.setting_values import words
from hub.wire.redaction import is_secret_name, protect


def logging_settings(environment: Environment) -> dict[str, Any]:
    """For ``logging.config.dictConfig``. Also sets up structlog, for loggers that are its own."""
    _configure_structlog()
    form = chosen_format(environment.log_format, is_terminal=sys.stderr.isatty())
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"hub": {"()": "hub.logs.formats.make_formatter", **form}},
        "handlers": {"stderr": {"class": "hub.logs.handler.StderrHandler", "formatter": "hub"}},
        "root": {"handlers": ["stderr"], "level": environment.log_level},
        "loggers": _loggers(),
    }


def _loggers() -> dict[str, Any]:
    # Each line once, on the root's handler: Django's own handlers show errors in debug mode only.
    told_by_root = ("django", "django.server")
    # They say what serve has said, hold whole addresses, or tell of every task twice. What fails
    # in a task is told by django-structlog, with the trail of who sent it.
    quiet = (
        "asyncio", "celery.worker.strategy", "daphne", "httpx", "uvicorn.error",
    )  # fmt: skip
    return {
        **{name: {"handlers": [], "propagate": True} for name in told_by_root},
        **{name: {"level": "WARNING"} for name in quiet},
        "celery.app.trace": {"level": "CRITICAL"},
        "hub.access": {"level": "INFO"},  # asked for by --access-log, whatever the level is
    }


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


# The shell's names of folders: "pwd" is no password there.
_FOLDERS: Final = frozenset({"PWD", "OLDPWD"})


def protect_secrets(environment: Environment, secret_key: str) -> None:
    """Name the process's own secrets to the redaction: keys, passwords, those in addresses, and
    what stands in any variable that is named like a secret."""
    protect((secret_key, *_own_secrets(environment)))


def _own_secrets(environment: Environment) -> Iterator[str]:
    yield from words(environment.secret_key_fallbacks)
    if environment.admin_password is not None:
        yield environment.admin_password.get_secret_value()
    for address in (environment.database_url, environment.redis_url, environment.broker_url):
        yield from _password_in(address)
    yield from _keys_in(environment.jwt_keys)
    for name, value in os.environ.items():
        if name in _FOLDERS or name.endswith("_FILE"):
            continue
        if is_secret_name(name) and len(value) >= 8:
            yield value


def _password_in(address: SecretStr | None) -> Iterator[str]:
    try:
        password = urlsplit(address.get_secret_value() if address else "").password or ""
    except ValueError:
        return
    yield from {password, unquote(password)}


def _keys_in(keys: SecretStr | None) -> Iterator[str]:
    """Shared secrets; public keys are no secrets, and are left out by their first line."""
    try:
        entries = json.loads(keys.get_secret_value() if keys else "[]")
    except (ValueError, RecursionError):
        return
    for entry in entries if isinstance(entries, list) else ():
        key = entry.get("key") if isinstance(entry, dict) else None
        if isinstance(key, str) and "PUBLIC KEY" not in key:
            yield key
