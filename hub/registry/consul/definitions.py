"""What a program says when it registers a service or a check, read from Consul's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from hub.registry.consul.bodies import Fields, wrong
from hub.wire.errors import BadRequest

LONGEST_ID: Final = 200
LONGEST_OUTPUT: Final = 4096
SHORTEST_INTERVAL: Final = 1.0  # seconds, as in Consul
SHORTEST_DEREGISTRATION: Final = 60.0
TIMEOUT: Final = 10.0

CheckKind = Literal["ttl", "http", "tcp"]

_META_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_HOST_AND_PORT: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:/\s]+):([0-9]{1,5})")
_NOT_RUN: Final = (
    "Args", "ScriptArgs", "Script", "DockerContainerID", "GRPC", "H2PING", "UDP", "OSService",
    "AliasService", "AliasNode",
)  # fmt: skip


class Health(StrEnum):
    """A check's status, and an instance's: the worst of its checks."""

    PASSING = "passing"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def severity(self) -> int:
        return _SEVERITY.index(self)


_SEVERITY: Final = (Health.PASSING, Health.WARNING, Health.CRITICAL)


def worst_of(states: list[Health]) -> Health:
    """What has no checks is passing, as in Consul."""
    return max(states, key=lambda health: health.severity, default=Health.PASSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDefinition:
    """``target`` is the URL of an HTTP check and ``host:port`` of a TCP one. Times are in seconds;
    ``deregister_after`` is 0 for never. Counts are of results in a row before the status changes,
    as in Consul: with 0 the first result counts."""

    id: str
    name: str
    kind: CheckKind
    target: str = ""
    ttl: float = 0.0
    interval: float = 0.0
    timeout: float = TIMEOUT
    deregister_after: float = 0.0
    method: str = "GET"
    body: str = ""
    header: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip_verify: bool = False
    notes: str = ""
    output: str = ""
    status: Health = Health.CRITICAL
    service_id: str = ""
    success_before_passing: int = 0
    failures_before_critical: int = 0
    failures_before_warning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDefinition:
    """``tags`` is ``None`` where none were given: Consul tells ``null`` then, not ``[]``."""

    id: str
    name: str
    address: str
    port: int = 0
    tags: tuple[str, ...] | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    tagged_addresses: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    passing_weight: int = 1
    warning_weight: int = 1
    enable_tag_override: bool = False
    checks: tuple[CheckDefinition, ...] = ()


def read_service(fields: Fields, *, caller_address: str) -> ServiceDefinition:
    """``caller_address`` is the instance's where the program gives none: it runs there. Raises
    :class:`BadRequest`."""
    name = fields.text("Name", longest=LONGEST_ID)
    if not name:
        raise BadRequest("Missing service name")
    own = fields.text("ID", longest=LONGEST_ID) or name
    if fields.has("Proxy", "Connect", "SocketPath") or fields.text("Kind"):
        raise BadRequest("Kind, Proxy, Connect and SocketPath: the hub has no service mesh")
    weights = fields.object("Weights")
    return ServiceDefinition(
        id=own,
        name=name,
        address=_host(fields.text("Address")) or caller_address,
        port=fields.number("Port"),
        tags=fields.texts("Tags"),
        meta=_meta(fields.mapping("Meta")),
        tagged_addresses=_tagged(fields.mapping("TaggedAddresses")),
        passing_weight=weights.number("Passing", 1, least=1),
        warning_weight=weights.number("Warning", 1),
        enable_tag_override=fields.flag("EnableTagOverride"),
        checks=_checks(fields, service_id=own, service_name=name),
    )


def read_check(fields: Fields) -> CheckDefinition:
    """The body of ``agent/check/register``. Raises :class:`BadRequest`."""
    name = fields.text("Name", longest=LONGEST_ID)
    if not name:
        raise BadRequest("Missing check name")
    service = fields.text("ServiceID", longest=LONGEST_ID)
    if not service:
        raise BadRequest("ServiceID is missing: the hub has checks of services, none of nodes")
    own = _check_id(fields) or name
    return _check(fields, own=own, name=name, service_id=service)


def _checks(fields: Fields, *, service_id: str, service_name: str) -> tuple[CheckDefinition, ...]:
    given = [*fields.objects("Checks"), fields.object("Check")]
    given = [each for each in given if not each.is_empty]
    read = []
    for number, each in enumerate(given, start=1):
        own = _check_id(each) or f"service:{service_id}" + (f":{number}" if len(given) > 1 else "")
        name = each.text("Name", longest=LONGEST_ID) or f"Service '{service_name}' check"
        read.append(_check(each, own=own, name=name, service_id=service_id))
    if len({check.id for check in read}) < len(read):
        raise BadRequest(f"Two checks of '{service_id}' have one ID")
    return tuple(read)


def _check_id(fields: Fields) -> str:
    return fields.text("CheckID", longest=255) or fields.text("ID", longest=255)


def _check(fields: Fields, *, own: str, name: str, service_id: str) -> CheckDefinition:
    kind, target = _kind(fields)
    interval, ttl = fields.seconds("Interval"), fields.seconds("TTL")
    if interval and ttl:
        raise BadRequest("Interval and TTL cannot both be specified")
    if kind == "ttl" and not ttl:
        raise BadRequest("TTL must be > 0 for TTL checks")
    if kind != "ttl" and not interval:
        raise BadRequest("Interval must be > 0 for HTTP or TCP checks")
    deregister = fields.seconds("DeregisterCriticalServiceAfter")
    method = fields.text("Method").upper() or "GET"
    if not _METHOD.fullmatch(method):
        raise wrong(f"Method {method!r} is no HTTP method")
    return CheckDefinition(
        id=own,
        name=name,
        kind=kind,
        target=target,
        ttl=ttl,
        interval=max(interval, SHORTEST_INTERVAL) if kind != "ttl" else 0.0,
        timeout=fields.seconds("Timeout") or TIMEOUT,
        deregister_after=max(deregister, SHORTEST_DEREGISTRATION) if deregister else 0.0,
        method=method,
        body=fields.text("Body", longest=LONGEST_OUTPUT),
        header=_header(fields.mapping("Header")),
        skip_verify=fields.flag("TLSSkipVerify"),
        notes=fields.text("Notes", longest=LONGEST_OUTPUT),
        output=fields.text("Output", longest=LONGEST_OUTPUT),
        status=read_status(fields.text("Status")) if fields.text("Status") else Health.CRITICAL,
        service_id=service_id,
        success_before_passing=fields.number("SuccessBeforePassing", most=1000),
        failures_before_critical=fields.number("FailuresBeforeCritical", most=1000),
        failures_before_warning=fields.number("FailuresBeforeWarning", most=1000),
    )


def read_status(text: str) -> Health:
    """Raises :class:`BadRequest`."""
    try:
        return Health(text)
    except ValueError:
        raise BadRequest(
            "Status must be either 'passing', 'warning', 'critical'",
            code="invalid_status",
        ) from None


def _kind(fields: Fields) -> tuple[CheckKind, str]:
    other = fields.has(*_NOT_RUN)
    if other is not None:
        raise BadRequest(f"{other}: the hub has TTL, HTTP and TCP checks only")
    http, tcp = fields.text("HTTP", longest=2000), fields.text("TCP")
    if http and tcp:
        raise BadRequest("HTTP and TCP cannot both be specified")
    if http:
        return "http", _http_target(http)
    if tcp:
        return "tcp", _tcp_target(tcp)
    return "ttl", ""


def _http_target(url: str) -> str:
    """A URL whose port can't be read is taken, as Consul does: its check fails then."""
    try:
        place = urlsplit(url).netloc
    except ValueError:
        place = ""
    if not place or not re.fullmatch(r"https?://[!-~]+", url):
        raise BadRequest("HTTP must be a URL such as http://host:8080/health")
    if "@" in place:
        raise BadRequest("HTTP: the URL must hold no credentials; use Header")
    return url


def _tcp_target(target: str) -> str:
    found = _HOST_AND_PORT.fullmatch(target)
    if found is None or not 0 < int(found[2]) < 65536:
        raise BadRequest("TCP must be an address such as host:8080")
    return target


def _host(text: str) -> str:
    if re.search(r"[\s/@?#\[\]\\]", text):
        raise BadRequest("Address must be a host name or an IP address")
    return text


def _meta(given: dict[str, Any]) -> dict[str, str]:
    for key, value in given.items():
        if not _META_KEY.fullmatch(key):
            raise BadRequest(f"Invalid Service Meta: Key name '{key[:50]}' is invalid")
        if not isinstance(value, str) or len(value) > 512:
            raise BadRequest(
                f"Invalid Service Meta: '{key}' must be text of at most 512 characters"
            )
    return given


def _tagged(given: dict[str, Any]) -> dict[str, tuple[str, int]]:
    found = {}
    for name, value in given.items():
        if not isinstance(value, dict):
            raise wrong(f"TaggedAddresses.{name[:50]} must be an object")
        fields = Fields(value, where=f"TaggedAddresses.{name[:50]}")
        found[name] = (_host(fields.text("Address")), fields.number("Port"))
    return found


def _header(given: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    for name, values in given.items():
        lines = [name, *values] if isinstance(values, list) else [None]
        if not all(isinstance(line, str) and line.isprintable() for line in lines):
            raise wrong(f"Header.{name[:50]!r} must be a list of texts")
    return {name: tuple(values) for name, values in given.items()}
