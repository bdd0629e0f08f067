"""What ``get_service`` gives: the implementation here, or one in another process."""

from __future__ import annotations

from typing import Any

from hub.client.choosing.chooser import Strategy
from hub.operations.services.found import found_services
from hub.operations.services.proxies import local_service
from hub.operations.services.remote import LOCAL, Wish, remote_services
from hub.sdk.services import service_declaration_of
from hub.wire.errors import Unavailable


def get_service(
    interface: type,
    qualifier: str = "",
    *,
    channel: str = "",
    timeout: float | None = None,
    version: str = "",
    choose: str | Strategy = "",
) -> Any:
    """As :func:`hub.sdk.get_service` says."""
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout= is a number of seconds above 0, not {timeout!r}.")
    found, remote = found_services(), remote_services()
    is_service = service_declaration_of(interface) is not None
    if not is_service or remote is None or channel == LOCAL:
        if is_service and channel not in ("", LOCAL):
            raise Unavailable(
                f"The service can't be called over '{channel}': this program has no registry.",
                code="no_registry",
            )
        return local_service(interface, qualifier, timeout=timeout)
    if channel:
        remote.check_channel(channel)
    elif found.is_here(interface, qualifier, version=version):
        return local_service(interface, qualifier, timeout=timeout)
    wish = Wish(
        qualifier=qualifier, channel=channel, timeout=timeout, version=version, choose=choose
    )
    return remote.get(interface, wish)
