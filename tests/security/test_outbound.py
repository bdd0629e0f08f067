"""Which addresses the hub connects to."""

from __future__ import annotations

import socket

import pytest

from hub.security.outbound import AddressRefused, addresses_of, networks, refuse


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "0.0.0.0",  # noqa: S104
        "::",
        "255.255.255.255",
        "240.0.0.1",
        "224.0.0.1",
        "ff02::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_what_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="does not connect"):
        refuse(address)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "::1", "8.8.8.8", "2001:4860:4860::8888",
     "fd12::1", "::ffff:10.0.0.1", "64:ff9b::808:808"],
)  # fmt: skip
def test_what_is_reached(address: str) -> None:
    refuse(address)


def test_what_is_allowed_is_reached_all_the_same() -> None:
    allowed = networks(["169.254.10.0/24", "fe80::/64"])
    refuse("169.254.10.9", allowed=allowed)
    refuse("::ffff:169.254.10.9", allowed=allowed)
    refuse("fe80::5", allowed=allowed)
    with pytest.raises(AddressRefused):
        refuse("169.254.169.254", allowed=allowed)


async def test_names_are_judged_by_all_their_addresses() -> None:
    assert "127.0.0.1" in await addresses_of("localhost", 80)
    for written in ("169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376"):
        with pytest.raises(AddressRefused):
            await addresses_of(written, 80)


async def test_an_unknown_name_is_an_os_error() -> None:
    with pytest.raises(socket.gaierror):
        await addresses_of("no-such-host.invalid", 80)
