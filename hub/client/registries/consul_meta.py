"""How instances are told in Consul: what stands in a service's ``Meta``. Both sides use it, the
client of a Consul and the hub where it answers as one.

Consul holds one name a service, so an instance of several services is registered once for each;
``instance`` and ``component`` in ``Meta`` say what belongs together, and ``services`` and
``contracts``, as JSON, what else there is of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

CHANNELS: Final = "channels"
COMPONENT: Final = "component"
CONTRACTS: Final = "contracts"
GENERATION: Final = "generation"
INSTANCE: Final = "instance"
SERVICES: Final = "services"
VERSION: Final = "version"
WEIGHT: Final = "weight"
ZONE: Final = "zone"
OWN: Final = frozenset(
    {CHANNELS, COMPONENT, CONTRACTS, GENERATION, INSTANCE, SERVICES, VERSION, WEIGHT, ZONE}
)
LONGEST_VALUE: Final = 512  # characters; Consul takes no more
LONGEST_KEY: Final = 128
MOST: Final = 64
WEIGHT_OF_ONE: Final = 100  # the hub's usual weight stands for Consul's, which is 1

KEY: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_KEY}}}")
_CHANNEL: Final = re.compile(r"\s*([a-z0-9][a-z0-9._-]{0,99})\(([^()\s]+)\)\s*(?:,|$)")
_MORE: Final = re.compile(rf"{CHANNELS}_[2-9]")


def is_own(key: str) -> bool:
    """Whether the key is one of those above, and so none of the program's metadata."""
    return key in OWN or _MORE.fullmatch(key) is not None


def channels_meta(addresses: Mapping[str, str]) -> dict[str, str]:
    """``{"channels": "rest(http://…),dispatch-json(http://…)"}``, as aspyx writes it; with
    ``channels_2`` and so on where one value can't hold them. Raises :class:`ValueError`."""
    lines: list[str] = []
    for channel, url in addresses.items():
        entry = f"{channel}({url})"
        if not _CHANNEL.fullmatch(entry) or len(entry) > LONGEST_VALUE:
            raise ValueError(f"The address {url!r} of '{channel}' can't be told to Consul.")
        if lines and len(lines[-1]) + 1 + len(entry) <= LONGEST_VALUE:
            lines[-1] += f",{entry}"
        else:
            lines.append(entry)
    if len(lines) > 9:
        raise ValueError("Consul can't hold so many addresses.")
    names = (CHANNELS, *(f"{CHANNELS}_{number}" for number in range(2, 10)))
    return dict(zip(names, lines, strict=False))


def channels_of(meta: Mapping[str, str]) -> dict[str, str]:
    """The addresses by channel; what can't be read is left out."""
    keys = sorted(key for key in meta if key == CHANNELS or _MORE.fullmatch(key))
    return {found[1]: found[2] for key in keys for found in _CHANNEL.finditer(f"{meta[key]}")}


def address_of(host: str, port: int, *, scheme: str = "tcp") -> dict[str, str]:
    """What a program is reached by that names no channels: one called like the scheme."""
    if not host or not port:
        return {}
    bracketed = f"[{host}]" if ":" in host else host
    return {scheme: f"{scheme}://{bracketed}:{port}"}


def scheme_of(tags: Iterable[str]) -> str:
    """``http`` and ``https`` where a tag says so, else ``tcp``."""
    known = set(tags)
    return next((scheme for scheme in ("https", "http") if scheme in known), "tcp")


def services_of(meta: Mapping[str, str], *, name: str) -> tuple[str, ...]:
    """All services of the instance; ``name`` is one of them."""
    said = _json(meta.get(SERVICES, ""))
    names = said if isinstance(said, list) and all(isinstance(each, str) for each in said) else []
    return tuple(names) if name in names else (name,)


def contracts_of(meta: Mapping[str, str]) -> dict[str, str]:
    said = _json(meta.get(CONTRACTS, ""))
    pairs = said.items() if isinstance(said, dict) else ()
    return {name: text for name, text in pairs if isinstance(text, str)}


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def metadata_of(meta: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in meta.items() if not is_own(key)}


def weight_of(meta: Mapping[str, str], *, passing: int, largest: int) -> int:
    said = meta.get(WEIGHT, "")
    weight = int(said) if said.isdecimal() and len(said) < 10 else passing * WEIGHT_OF_ONE
    return max(0, min(weight, largest))


def passing_weight(weight: int) -> int:
    """Consul's weight for the hub's, which must be at least 1 there."""
    return max(1, round(weight / WEIGHT_OF_ONE))


def _json(text: str) -> object:
    try:
        found: object = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return found
