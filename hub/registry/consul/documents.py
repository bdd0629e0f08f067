"""Records as Consul's JSON documents, in its shapes and casing. Pure functions.

The shapes are those of Consul's HTTP API, /v1 (its pages on agent, catalog and health).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from hub.registry.consul.definitions import Health
from hub.registry.consul.durations import written
from hub.registry.consul.records import SERF, CheckRecord, NodeRecord, ServiceRecord

Document = dict[str, Any]

_SERF: Final = CheckRecord(
    id=SERF,
    name="Serf Health Status",
    status=Health.PASSING,
    output="Agent alive and reachable",
)
_WAKES_NOBODY: Final = frozenset({"Output", "CreateIndex", "ModifyIndex"})
_TEXTS_BY_KEY: Final = frozenset({"Meta", "NodeMeta", "ServiceMeta"})
_AGENT_STATUS: Final = {Health.PASSING: 200, Health.WARNING: 429, Health.CRITICAL: 503}


def agent_service(record: ServiceRecord, *, node: NodeRecord) -> Document:
    """An entry of ``agent/services``."""
    return {
        "ID": record.id,
        "Service": record.name,
        "Tags": list(record.tags or ()),
        "Meta": dict(record.meta),
        "Port": record.port,
        "Address": record.address,
        "TaggedAddresses": _tagged(record),
        "Weights": _weights(record),
        "EnableTagOverride": record.enable_tag_override,
        "Datacenter": node.datacenter,
    }


def agent_service_with_hash(record: ServiceRecord, *, node: NodeRecord) -> Document:
    """The answer of ``agent/service/<id>``."""
    document = agent_service(record, node=node)
    text = json.dumps(document, sort_keys=True)
    return {**document, "ContentHash": blake2b(text.encode(), digest_size=8).hexdigest()}


def agent_checks(record: ServiceRecord, *, node: NodeRecord) -> Document:
    """A record's entries of ``agent/checks``."""
    return {check.id: _check(check, record, node=node) for check in record.checks}


def agent_health(record: ServiceRecord, *, node: NodeRecord) -> Document:
    """An answer of ``agent/health/service/id``; by name it is a list of these."""
    return {
        "AggregatedStatus": record.health.value,
        "Service": agent_service(record, node=node),
        "Checks": [_check(check, record, node=node) for check in record.checks],
    }


def agent_health_status(health: Health) -> int:
    """The HTTP status that tells it."""
    return _AGENT_STATUS[health]


def catalog_service(record: ServiceRecord, *, node: NodeRecord) -> Document:
    """An entry of ``catalog/service/<name>``."""
    return {
        "ID": node.id,
        "Node": node.name,
        "Address": node.address,
        "Datacenter": node.datacenter,
        "TaggedAddresses": _node_addresses(node),
        "NodeMeta": {},
        "ServiceKind": "",
        "ServiceID": record.id,
        "ServiceName": record.name,
        "ServiceTags": list(record.tags or ()),
        "ServiceAddress": record.address,
        "ServiceTaggedAddresses": _tagged(record),
        "ServiceWeights": _weights(record),
        "ServiceMeta": dict(record.meta),
        "ServicePort": record.port,
        "ServiceSocketPath": "",
        "ServiceEnableTagOverride": record.enable_tag_override,
        "ServiceProxy": {"Mode": "", "MeshGateway": {}, "Expose": {}},
        "ServiceConnect": {},
        "CreateIndex": record.created,
        "ModifyIndex": record.created,
    }


def catalog_node(node: NodeRecord) -> Document:
    """An entry of ``catalog/nodes``, and ``Node`` in those of ``health/service``."""
    return {
        "ID": node.id,
        "Node": node.name,
        "Address": node.address,
        "Datacenter": node.datacenter,
        "TaggedAddresses": _node_addresses(node),
        "Meta": {"consul-version": node.version},
        "CreateIndex": 1,
        "ModifyIndex": 1,
    }


def health_service(record: ServiceRecord, *, node: NodeRecord) -> Document:
    """An entry of ``health/service/<name>``."""
    service = {
        "ID": record.id,
        "Service": record.name,
        "Tags": None if record.tags is None else list(record.tags),
        "Address": record.address,
        "TaggedAddresses": _tagged(record),
        "Meta": dict(record.meta),
        "Port": record.port,
        "Weights": _weights(record),
        "EnableTagOverride": record.enable_tag_override,
        "Proxy": {"Mode": "", "MeshGateway": {}, "Expose": {}},
        "Connect": {},
        "CreateIndex": record.created,
        "ModifyIndex": record.created,
    }
    checks = [serf_check(node), *(_check(check, record, node=node) for check in record.checks)]
    return {"Node": catalog_node(node), "Service": service, "Checks": checks}


def health_checks(record: ServiceRecord, *, node: NodeRecord) -> list[Document]:
    """A record's entries of ``health/checks``, ``health/state`` and ``health/node``."""
    return [_check(check, record, node=node) for check in record.checks]


def serf_check(node: NodeRecord) -> Document:
    """The check that each node has: an agent that answers is alive."""
    return _check(_SERF, None, node=node)


def agent_self(node: NodeRecord) -> Document:
    """As much of ``agent/self`` as client libraries read."""
    member = {"Name": node.name, "Addr": node.address, "Port": 8301, "Status": 1}
    return {
        "Config": {
            "Datacenter": node.datacenter,
            "PrimaryDatacenter": node.datacenter,
            "NodeName": node.name,
            "NodeID": node.id,
            "Server": True,
            "Revision": "",
            "Version": node.version,
        },
        "Member": {**member, "Tags": {"dc": node.datacenter, "role": "consul"}},
        "Meta": {},
    }


def without_output(document: Any) -> Any:
    """The document without what wakes nobody: outputs, and the indexes of registrations."""
    if isinstance(document, Mapping):
        return {
            key: value if key in _TEXTS_BY_KEY else without_output(value)
            for key, value in document.items()
            if not (key in _WAKES_NOBODY and not isinstance(value, Mapping | list))
        }
    if isinstance(document, list):
        return [without_output(value) for value in document]
    return document


def _check(check: CheckRecord, record: ServiceRecord | None, *, node: NodeRecord) -> Document:
    return {
        "Node": node.name,
        "CheckID": check.id,
        "Name": check.name,
        "Status": check.status.value,
        "Notes": check.notes,
        "Output": check.output,
        "ServiceID": record.id if record else "",
        "ServiceName": record.name if record else "",
        "ServiceTags": list(record.tags or ()) if record else [],
        "Type": check.kind,
        "Interval": written(check.interval) if check.interval else "",
        "Timeout": written(check.timeout) if check.timeout else "",
        "ExposedPort": 0,
        "Definition": {},
        "CreateIndex": record.created if record else 1,
        "ModifyIndex": record.created if record else 1,
    }


def _tagged(record: ServiceRecord) -> Document:
    return {
        name: {"Address": address, "Port": port}
        for name, (address, port) in record.tagged_addresses.items()
    }


def _weights(record: ServiceRecord) -> Document:
    return {"Passing": record.passing_weight, "Warning": record.warning_weight}


def _node_addresses(node: NodeRecord) -> Document:
    return {"lan": node.address, "wan": node.address}
