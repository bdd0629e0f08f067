"""The hub as Consul's clients see it: one server, which is also the agent of all of them."""

from __future__ import annotations

import functools
import uuid
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from hub.registry.consul.records import NodeRecord
from hub.wire.errors import HubError

NAME: Final = "hub"
DATACENTER: Final = "dc1"  # what Consul calls one that nobody named
VERSION: Final = "1.20.0"  # the Consul whose API this is; clients ask for it to know what there is
PORT: Final = 8300

_NAMESPACE: Final = uuid.UUID("6a1f5d0e-4a7c-4b57-9c53-0d8a3c6f2b11")


class NoPath(HubError):
    """There is no such datacenter. Consul answers so."""

    default_code = "no_path_to_datacenter"
    default_status = 500


@functools.cache
def node() -> NodeRecord:
    """Its address is that of ``HUB_PUBLIC_URL``."""
    public = str(settings.ENVIRONMENT.public_url)
    return NodeRecord(
        id=str(uuid.uuid5(_NAMESPACE, public)),
        name=NAME,
        address=urlsplit(public).hostname or "127.0.0.1",
        datacenter=DATACENTER,
        version=VERSION,
    )


def refuse_other_datacenter(name: str) -> None:
    """Raises :class:`NoPath`."""
    if name and name != DATACENTER:
        raise NoPath("No path to datacenter")
