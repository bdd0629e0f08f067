"""Instances and their changes as JSON documents, for REST and for the socket."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from pydantic_core import to_json

from hub.client.instances import Changes, Lease
from hub.registry.clock import moment
from hub.registry.instances.records import records_of
from hub.registry.instances.rows import Instance
from hub.registry.instances.standing import renew_in

_REMEMBERED: Final = 32

_encoded: Final[OrderedDict[int, tuple[Changes, bytes]]] = OrderedDict()


def changes_json(found: Changes) -> bytes:
    """``{index, reset, instances, removed, protected}``. What many wait for is encoded once. For
    the event loop."""
    known = _encoded.get(id(found))
    if known is not None and known[0] is found:
        return known[1]
    body = to_json(found)
    _encoded[id(found)] = found, body  # which keeps it, and with that its id
    if len(_encoded) > _REMEMBERED:
        _encoded.popitem(last=False)
    return body


def lease_document(lease: Lease) -> dict[str, Any]:
    return {
        "id": lease.id,
        "generation": lease.generation,
        "lease": lease.duration,
        "renew_in": lease.renew_in,
    }


def instance_documents(rows: Sequence[Instance]) -> list[dict[str, Any]]:
    """What of them changes with the index only. One query."""
    return [
        asdict(record)
        | {
            "source": row.source,
            "owner": row.owner,
            "reported": row.reported,
            "override": row.override or None,
            "override_reason": row.override_reason,
            "lease": row.lease,
            "renew_in": None if row.lease is None else renew_in(row.lease, source=row.source),
            "registered_at": row.registered,
            "down_since": row.down,
        }
        for row, record in zip(rows, records_of(rows), strict=True)
    ]


def detailed_document(row: Instance) -> dict[str, Any]:
    """With what each renewal changes."""
    claim = getattr(row, "claim", None)
    return instance_documents([row])[0] | {
        "renewed_at": moment(claim.renewed_at) if claim else None,
        "lease_expires_at": moment(claim.expires_at) if claim else None,
    }
