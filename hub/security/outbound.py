"""Which addresses the hub connects to when others name them: looked up once, and then connected to
as they were judged, so that a name can't point elsewhere a moment later.

What is refused is where cloud machines keep their credentials and what is no host at all:
link-local and metadata addresses, multicast, unspecified and reserved ones, whatever form they are
written in (IPv4 within IPv6 counts as what it is). Private networks and the machine itself are
where instances run, so they are reached. ``HUB_OUTBOUND_ALLOW`` names networks to reach anyway.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Final

from hub.wire.errors import Forbidden

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_METADATA: Final = tuple(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)


class AddressRefused(Forbidden):
    """The hub does not connect there."""

    default_code = "address_refused"


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Raises :class:`ValueError` for what is no network such as 169.254.0.0/16."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def refuse(address: str, *, allowed: Sequence[Network] = ()) -> None:
    """Raises :class:`AddressRefused` for an IP address that is not to be reached."""
    judged = _meant(ipaddress.ip_address(address.partition("%")[0]))
    if any(judged.version == each.version and judged in each for each in allowed):
        return
    if judged in _METADATA or _is_no_host(judged):
        raise AddressRefused(
            f"The hub does not connect to {address}.",
            hint="Name its network in HUB_OUTBOUND_ALLOW if it is meant.",
        )


async def addresses_of(host: str, port: int, *, allowed: Sequence[Network] = ()) -> tuple[str, ...]:
    """The IP addresses of ``host``, in the order to try them. Raises :class:`AddressRefused` if
    one of them is not to be reached, and :class:`OSError` for a name that is not known."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        refuse(address, allowed=allowed)
    return addresses


def _meant(address: IPAddress) -> IPAddress:
    """The IPv4 address within an IPv6 one, where there is one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _is_no_host(address: IPAddress) -> bool:
    if address.is_loopback:
        return False
    reserved = address.is_reserved and address.version == 4
    return address.is_link_local or address.is_multicast or address.is_unspecified or reserved
