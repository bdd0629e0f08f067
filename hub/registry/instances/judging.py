"""What a registration may say. Everything that joins is judged here, whatever the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Final
from urllib.parse import urlsplit

from hub.client.instances import LARGEST_WEIGHT, InstanceStatus, Registration
from hub.registry.instances.rows import LONGEST_ID
from hub.wire.errors import FieldError, InvalidInput

SHORTEST_LEASE: Final = 5.0
LONGEST_LEASE: Final = 3600.0
LONGEST_NAME: Final = 400
LONGEST_URL: Final = 2000
MOST_SERVICES: Final = 200
MOST_ADDRESSES: Final = 20
MOST_METADATA: Final = 64
LONGEST_KEY: Final = 64
LONGEST_VALUE: Final = 512
SCHEMES: Final = ("http", "https", "ws", "wss", "tcp", "tls", "grpc", "grpcs")

# ``local`` is the channel of what needs no address.
_CHANNEL: Final = re.compile(r"(?!local$)[a-z0-9][a-z0-9._-]{0,99}")
_URL: Final = re.compile(r"[\x21-\x7e]+")
_HEX: Final = re.compile(r"[\x21-\x7e]{1,200}")


def judge(registration: Registration) -> None:
    """Raise :class:`InvalidInput` that names each field that is wrong."""
    errors = [FieldError(name, message, "invalid") for name, message in _faults(registration)]
    if errors:
        said = "; ".join(f"{each.field} {each.message}" for each in errors[:5])
        raise InvalidInput(f"The registration can't be taken: {said}.", errors)


def _faults(told: Registration) -> Iterator[tuple[str, str]]:
    if not is_id(told.id):
        yield "id", f"must be 1 to {LONGEST_ID} characters without '/' and control characters"
    if not _is_text(told.component, LONGEST_NAME, least=1):
        yield "component", f"must be a name of 1 to {LONGEST_NAME} characters"
    for name, text, longest in (("version", told.version, 100), ("zone", told.zone, 100)):
        if not _is_text(text, longest):
            yield name, f"must be a text of at most {longest} characters"
    if type(told.weight) is not int or not 0 <= told.weight <= LARGEST_WEIGHT:
        yield "weight", f"must be a whole number from 0 to {LARGEST_WEIGHT}"
    if not isfinite(told.lease) or not SHORTEST_LEASE <= told.lease <= LONGEST_LEASE:
        yield "lease", f"must be {SHORTEST_LEASE:g} to {LONGEST_LEASE:g} seconds"
    if told.status is InstanceStatus.UNKNOWN:
        yield "status", "can't be UNKNOWN: that is what the registry says of a late lease"
    yield from _wrong_services(told)
    yield from _wrong_addresses(told.addresses)
    yield from _wrong_metadata(told.metadata)


def is_id(text: str) -> bool:
    return _is_text(text, LONGEST_ID, least=1) and "/" not in text and text not in {".", ".."}


def _wrong_services(told: Registration) -> Iterator[tuple[str, str]]:
    names = tuple(told.services)
    if len(names) > MOST_SERVICES:
        yield "services", f"must be at most {MOST_SERVICES}"
    elif not all(_is_text(name, LONGEST_NAME, least=1) for name in names):
        yield "services", f"must be names of 1 to {LONGEST_NAME} characters"
    elif len(set(names)) < len(names):
        yield "services", "must be named once each"
    if not set(told.contracts) <= set(names):
        yield "contracts", "must be by the name of a service that is offered"
    elif not all(_HEX.fullmatch(each) for each in told.contracts.values()):
        yield "contracts", "must be hashes of at most 200 characters"


def _wrong_addresses(addresses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if len(addresses) > MOST_ADDRESSES:
        yield "addresses", f"must be at most {MOST_ADDRESSES}"
        return
    for channel, url in addresses.items():
        if not _CHANNEL.fullmatch(channel):
            yield "addresses", f"have no channel of the name {channel[:100]!r}"
        elif fault := fault_of_url(url):
            yield f"addresses.{channel}", fault


def fault_of_url(url: str) -> str:
    """Why ``url`` is no address of a channel, or nothing."""
    if len(url) > LONGEST_URL:
        return f"must have at most {LONGEST_URL} characters"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return "is no URL"
    if not _URL.fullmatch(url) or parts.scheme not in SCHEMES or not parts.hostname:
        return f"must be a URL with a host, and one of the schemes {', '.join(SCHEMES)}"
    if "@" in parts.netloc:
        return "must hold no credentials"
    return "must have no fragment" if "#" in url else ""


def _wrong_metadata(metadata: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if len(metadata) > MOST_METADATA:
        yield "metadata", f"must be at most {MOST_METADATA} texts"
    elif not all(_is_text(key, LONGEST_KEY, least=1) for key in metadata):
        yield "metadata", f"must have keys of 1 to {LONGEST_KEY} characters"
    elif not all(_is_value(text) for text in metadata.values()):
        yield "metadata", f"must be texts of at most {LONGEST_VALUE} characters"


def _is_text(text: object, longest: int, *, least: int = 0) -> bool:
    return isinstance(text, str) and least <= len(text) <= longest and text.isprintable()


def _is_value(text: object) -> bool:
    """Values may hold lines, but nothing that a database refuses."""
    return (
        isinstance(text, str)
        and len(text) <= LONGEST_VALUE
        and all(character.isprintable() or character in "\n\t" for character in text)
    )
