"""The hub's own settings, typed: from the environment, above settings files and below ``--set``.

One :class:`Environment` serves development and production; with nothing set, everything is
embedded (SQLite, in-memory cache and channel layer) and state lives in ``HUB_DATA_DIR``.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import AliasChoices, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from hub.operations.configuration.leaves import type_name
from hub.operations.configuration.sources import PLUGINS, Sources, read_sources
from hub.operations.configuration.texts import is_text
from hub.operations.configuration.wrong import WrongSettings
from hub.project.environment_of_calls import CallEnvironment
from hub.project.service_addresses import missing_drivers
from hub.project.setting_values import (
    BrokerUrl,
    DatabaseUrl,
    Hosts,
    LogLevel,
    Networks,
    Origin,
    RedisUrl,
    SecretKey,
    SecretKeys,
    Words,
    named,
    told,
)
from hub.project.unknown_settings import unknown_in_files, unknown_in_sets, unknown_variables

# What settings files say, by variable, while an Environment is made.
_below: ContextVar[dict[str, Any]] = ContextVar("_below", default={})  # noqa: B039 - only read


class Environment(CallEnvironment):
    """Every variable the hub reads. README's table of settings is tested against this class."""

    # Only the exact, upper-case names count: fields must not be filled from a variable DEBUG.
    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", frozen=True, case_sensitive=True
    )

    data_dir: Path = named("HUB_DATA_DIR", Path("var"), "Where state lives: database, secret key.")
    secret_key: SecretKey = named(
        "HUB_SECRET_KEY",
        None,
        "Signs sessions and tokens, 32 characters or more. Generated into the data folder on "
        "embedded parts; required with external services.",
    )
    secret_key_fallbacks: SecretKeys = named(
        "HUB_SECRET_KEY_FALLBACKS",
        None,
        "Older secret keys, separated by commas: what they signed stays valid while you change "
        "the key.",
    )
    public_url: Origin = named(
        "HUB_PUBLIC_URL",
        "",
        "The address users see, such as https://hub.example.com. Sets the allowed host, the "
        "trusted origin and, with https, secure cookies, redirect and HSTS.",
    )
    allowed_hosts: Hosts = named(
        "HUB_ALLOWED_HOSTS", (), "Further host names to answer for, separated by commas."
    )
    behind_proxy: bool = named(
        "HUB_BEHIND_PROXY", False, "Trust X-Forwarded-Proto of the proxy in front."
    )
    debug: bool = named("HUB_DEBUG", False, "Django's debug pages. Never in production.")
    strict: bool = named("HUB_STRICT", False, "A plugin that is not fully running stops the start.")
    admin_password: SecretStr | None = named(
        "HUB_ADMIN_PASSWORD", None, "Password of the first superuser 'admin'; random if not set."
    )
    database_url: DatabaseUrl = named(
        "DATABASE_URL", None, "PostgreSQL, such as postgres://user:password@host/name."
    )
    redis_url: RedisUrl = named(
        "REDIS_URL", None, "Redis for cache and channel layer, such as redis://host:6379/0."
    )
    broker_url: BrokerUrl = named(
        "CELERY_BROKER_URL", None, "RabbitMQ or Redis, such as amqp://user:password@host//."
    )
    plugin_dirs: Words = named(
        "HUB_PLUGIN_DIRS", (), "Further folders of plugins, separated by commas."
    )
    exclude_plugins: Words = named(
        "HUB_EXCLUDE_PLUGINS", (), "Labels of plugins not to load, separated by commas."
    )
    only_plugins: Words = named(
        "HUB_ONLY_PLUGINS",
        (),
        "Labels of the plugins to load, separated by commas; what they require is loaded too.",
    )
    trace_plugins: bool = named(
        "HUB_TRACE_PLUGINS",
        False,
        "Tell each step of loading the plugins on stderr, with its time.",
    )
    default_timeout: float = named(
        "HUB_DEFAULT_TIMEOUT",
        30.0,
        "Deadline of an action that declares none, in seconds.",
        gt=0,
        allow_inf_nan=False,
    )
    worker_threads: int = named(
        "HUB_WORKER_THREADS", 32, "Threads that run sync actions and views.", ge=1, le=1000
    )
    start_timeout: float = named(
        "HUB_START_TIMEOUT",
        30.0,
        "How long a plugin's lifespan may take to start, in seconds, if it does not say.",
        gt=0,
        allow_inf_nan=False,
    )
    stop_timeout: float = named(
        "HUB_STOP_TIMEOUT",
        10.0,
        "How long a plugin's lifespan or worker may take to stop, in seconds, if it does not say.",
        gt=0,
        allow_inf_nan=False,
    )
    hang_timeout: float = named(
        "HUB_HANG_TIMEOUT",
        60.0,
        "With several processes: one whose event loop stands still so many seconds is killed and "
        "started anew, its stacks on stderr; 0 is never.",
        ge=0,
        allow_inf_nan=False,
    )
    awake: float = named(
        "HUB_AWAKE",
        0.0005,
        "For how long at the most, in seconds, uvicorn's event loop looks for the next request "
        "instead of sleeping, while requests come that soon; 0 is never.",
        ge=0,
        le=0.1,
    )
    lease_seconds: float = named(
        "HUB_LEASE_SECONDS",
        30.0,
        "How long an instance that renews nothing counts as alive, in seconds, if it does not say.",
        ge=5,
        le=3600,
    )
    lease_renewal: float = named(
        "HUB_LEASE_RENEWAL",
        10.0,
        "How often an instance renews such a lease, in seconds; longer leases in proportion.",
        ge=1,
        le=1200,
    )
    lease_remove_after: float = named(
        "HUB_LEASE_REMOVE_AFTER",
        300.0,
        "How long an instance stays visible after its lease is over, in seconds; 0 is for ever.",
        ge=0,
        allow_inf_nan=False,
    )
    lease_sweep: float = named(
        "HUB_LEASE_SWEEP", 5.0, "Seconds between looks for leases that are over.", ge=0.1, le=60
    )
    lease_preservation: float = named(
        "HUB_LEASE_PRESERVATION",
        0.85,
        "Self-preservation: while a smaller share of the expected renewals arrives, no instance is "
        "taken for dead; 0 is never.",
        ge=0,
        le=1,
    )
    lease_preservation_from: int = named(
        "HUB_LEASE_PRESERVATION_FROM",
        10,
        "How many leases there must be for self-preservation: among few, one dead instance is a "
        "large share.",
        ge=1,
    )
    lease_eviction_cap: float = named(
        "HUB_LEASE_EVICTION_CAP",
        0.15,
        "The share of all instances that one look may take for dead, at least one.",
        gt=0,
        le=1,
    )
    lease_protection: float = named(
        "HUB_LEASE_PROTECTION",
        0.5,
        "A service of which a smaller share of instances is well is protected: all are called; "
        "0 is never.",
        ge=0,
        le=1,
    )
    outbound_allow: Networks = named(
        "HUB_OUTBOUND_ALLOW",
        (),
        "Networks that health checks may reach though the hub refuses them: link-local and "
        "metadata addresses, separated by commas, such as 169.254.10.0/24.",
    )
    max_body_bytes: int = named(
        "HUB_MAX_BODY_BYTES", 1_048_576, "Largest request body of the API lane, in bytes.", ge=1024
    )
    graphql_introspection: bool = named(
        "HUB_GRAPHQL_INTROSPECTION", True, "Whether GraphQL tells its schema to those who ask."
    )
    log_level: LogLevel = named("HUB_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.")
    log_format: Literal["auto", "json", "console"] = named(
        "HUB_LOG_FORMAT",
        "auto",
        "json (a line each), console (for people), or auto: console on a terminal, else json.",
    )
    jwt_keys: SecretStr | None = named(
        "HUB_JWT_KEYS",
        None,
        "JSON list of further keys that may sign JWTs: kid, algorithm, key, issuer, audience.",
    )
    config: Path | None = named(
        "HUB_CONFIG", None, "A settings file above the others; `--config` sets it."
    )
    assignments: SecretStr | None = named(
        "HUB_SET",
        None,
        "JSON list of key=value, above all other settings; `--set` adds to it.",
    )
    ignore_variables: Words = named(
        "HUB_IGNORE_VARIABLES",
        (),
        "Names of variables that begin with HUB_ and that another program reads, separated by "
        "commas, such as HUB_CI_*. Any other unknown one stops the start.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments (``--set``) come before the environment, and settings files after it."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, _below.get())

    @model_validator(mode="after")
    def _is_renewed_in_time(self) -> Self:
        if self.lease_renewal * 2 > self.lease_seconds:
            raise ValueError("HUB_LEASE_RENEWAL: must be at most half of HUB_LEASE_SECONDS")
        return self

    @property
    def external(self) -> bool:
        """True when any service outside this process is used."""
        return any((self.database_url, self.redis_url, self.broker_url))

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def hosts(self) -> list[str]:
        own = urlsplit(self.public_url).hostname
        return [*([own] if own else []), *self.allowed_hosts, "localhost", "127.0.0.1", "[::1]"]


# The settings that files and --set may say: these two name files and --set themselves.
FILE_SETTINGS = frozenset(Environment.model_fields) - {"config", "assignments"}


def variables() -> dict[str, str]:
    """Every variable the hub reads, with its description."""
    return {
        str(field.validation_alias.choices[0]): field.description or ""
        for _, field in sorted(Environment.model_fields.items(), key=_is_of_calls)
        if isinstance(field.validation_alias, AliasChoices)
    }


def _is_of_calls(entry: tuple[str, object]) -> bool:
    """The settings of calls stand behind the others."""
    return entry[0] in CallEnvironment.model_fields


def read_environment(sources: Sources | None = None) -> Environment:
    """Read and check all settings. Raises :class:`ImproperlyConfigured` with one sentence that
    names each wrong one and where it is said, never its value (it may be a secret)."""
    try:
        return _read(read_sources() if sources is None else sources)
    except WrongSettings as error:
        raise ImproperlyConfigured(str(error)) from None


def sources_or_stop() -> Sources:
    """The files and options of this process. Raises :class:`ImproperlyConfigured`."""
    try:
        return read_sources()
    except WrongSettings as error:
        raise ImproperlyConfigured(str(error)) from None


def check_labels(sources: Sources, labels: frozenset[str]) -> None:
    """Raise :class:`ImproperlyConfigured` for settings of plugins that do not exist."""
    try:
        sources.check_labels(labels)
    except WrongSettings as error:
        raise ImproperlyConfigured(str(error)) from None


def _read(sources: Sources) -> Environment:
    unknown = [
        *unknown_in_files(sources, FILE_SETTINGS),
        *unknown_in_sets(sources, FILE_SETTINGS),
    ]
    if unknown:
        raise WrongSettings(unknown)
    unreadable = [name for name in variables() if not is_text(os.environ.get(name, ""))]
    if unreadable:
        raise ImproperlyConfigured(f"wrong setting: {', '.join(unreadable)}: must be UTF-8 text")
    try:
        environment = _layered(sources)
    except ValidationError as error:
        entries = error.errors(include_input=False, include_url=False, include_context=False)
        raise WrongSettings([_wrong(entry, sources) for entry in entries]) from None
    foreign = environment.ignore_variables
    if strange := [*unknown_variables(os.environ, variables().keys(), foreign)]:
        raise WrongSettings(strange)
    missing = "; ".join(
        missing_drivers(
            database=told(environment.database_url),
            redis=told(environment.redis_url),
            broker=told(environment.broker_url),
        )
    )
    if missing:
        raise ImproperlyConfigured(f"wrong setting: {missing}")
    return environment


def origin_of(name: str, sources: Sources) -> str:
    """Where the setting ``name``, a field of :class:`Environment`, is said: a variable, a line of
    a file, ``--set``, or ``default``."""
    if any(entry.path == (name,) for entry in sources.sets):
        return f"--set {name}"
    variable = _variable_of(name)
    if os.environ.get(variable):
        return variable
    places = [file.place((name,)) for _, file in sources.files if name in file.values]
    return places[-1] if places else "default"


def _layered(sources: Sources) -> Environment:
    files: dict[str, Any] = {}
    for _, file in sources.files:
        said = {name: value for name, value in file.values.items() if name != PLUGINS}
        files |= {_variable_of(name): value for name, value in said.items()}
    sets: dict[str, Any] = {
        _variable_of(entry.path[0]): entry.text for entry in sources.sets if len(entry.path) == 1
    }
    token = _below.set(files)
    try:
        return Environment(**sets)
    finally:
        _below.reset(token)


def _variable_of(name: str) -> str:
    alias = Environment.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else name


def _wrong(entry: ErrorDetails, sources: Sources) -> str:
    message = entry["msg"].removeprefix("Value error, ")
    variable = str(entry["loc"][0]) if entry["loc"] else ""
    name = next((name for name in Environment.model_fields if _variable_of(name) == variable), "")
    if not name:
        return message
    place = origin_of(name, sources)
    if place == variable:
        return f"{variable}: {message}"
    expected = type_name(Environment.model_fields[name].annotation)
    return f"{place}: {name} must be {expected}: {message[:1].lower()}{message[1:]}"
