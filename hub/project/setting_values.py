"""The types of the hub's own settings: what each may say, beyond what Pydantic knows.

An error never holds the value, which may be a secret.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from hub.operations.configuration.texts import value_of
from hub.project.service_addresses import host_of

CONSUL: Final = "consul+"
"""Before the address of a Consul, where a registry's is asked for."""
_HOST: Final = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")


def told(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def words(secret: SecretStr | None) -> list[str]:
    """The parts of a secret list, separated by commas."""
    return [part.strip() for part in told(secret).split(",") if part.strip()]


def _split(value: Any) -> Any:
    return value_of(value, list[str]) if isinstance(value, str) else value


def _are_hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_HOST.fullmatch(host) for host in value):
        raise ValueError("must be host names such as hub.example.com, separated by commas")
    return value


def _are_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(text)) for text in value)
    except ValueError:
        raise ValueError("must be networks such as 169.254.0.0/16, separated by commas") from None


def _is_long(value: SecretStr | None) -> SecretStr | None:
    if value is not None and len(value.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters")
    return value


def _are_long(value: SecretStr | None) -> SecretStr | None:
    if any(len(key) < 32 for key in words(value)):
        raise ValueError("must be keys of at least 32 characters, separated by commas")
    return value


def _is_origin(value: str) -> str:
    origin = value.rstrip("/")
    host = host_of(origin, schemes=("http", "https"))
    if value and (not host or origin.count("/") != 2 or set("@?#") & set(origin)):
        raise ValueError("must be an address without a path, such as https://hub.example.com")
    return origin


def _is_postgres(value: SecretStr | None) -> SecretStr | None:
    address = told(value)
    schemes = ("postgres", "postgresql")
    if value and not (host_of(address, schemes=schemes) and urlsplit(address).path.strip("/")):
        raise ValueError(
            "must be an address such as postgres://user:password@host/name "
            "(without it the hub keeps SQLite in HUB_DATA_DIR)"
        )
    return value


def _is_redis(value: SecretStr | None) -> SecretStr | None:
    if value and not host_of(value.get_secret_value(), schemes=("redis", "rediss")):
        raise ValueError("must be an address such as redis://host:6379/0")
    return value


def _is_broker(value: SecretStr | None) -> SecretStr | None:
    schemes = ("amqp", "amqps", "pyamqp", "redis", "rediss")
    if value and not host_of(value.get_secret_value(), schemes=schemes):
        raise ValueError("must be an address such as amqp://user:password@host//")
    return value


def _is_registry(value: str) -> str:
    if value:
        _is_origin(value.removeprefix(CONSUL))
    return value.rstrip("/")


def _is_level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[Words, AfterValidator(_are_networks)]
Hosts = Annotated[Words, AfterValidator(_are_hosts)]
SecretKey = Annotated[SecretStr | None, AfterValidator(_is_long)]
SecretKeys = Annotated[SecretStr | None, AfterValidator(_are_long)]
Origin = Annotated[str, AfterValidator(_is_origin)]
DatabaseUrl = Annotated[SecretStr | None, AfterValidator(_is_postgres)]
RedisUrl = Annotated[SecretStr | None, AfterValidator(_is_redis)]
BrokerUrl = Annotated[SecretStr | None, AfterValidator(_is_broker)]
RegistryUrl = Annotated[str, AfterValidator(_is_registry)]
LogLevel = Annotated[str, AfterValidator(_is_level)]


def named(variable: str, default: Any, description: str, **constraints: Any) -> Any:
    """A setting, by the variable that says it."""
    return Field(
        default,
        validation_alias=AliasChoices(variable),
        description=description,
        **constraints,
    )
