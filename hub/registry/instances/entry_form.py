"""The form for an instance that is entered by hand, for what can't register itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.client.instances import Registration
from hub.registry.instances.rows import Instance
from hub.wire.errors import FieldError, InvalidInput

STANDARD_WEIGHT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One input. ``lines`` takes several, one a line."""

    name: str
    label: str
    help: str
    required: bool = False
    lines: bool = False
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An input as it is shown."""

    entry: Entry
    text: str
    errors: tuple[str, ...] = field(default_factory=tuple)


ENTRIES: Final = (
    Entry(
        name="id",
        label="Id",
        required=True,
        placeholder="billing-1",
        help="Its own and stable: the same after a restart.",
    ),
    Entry(
        name="component",
        label="Component",
        required=True,
        placeholder="billing",
        help="What runs there.",
    ),
    Entry(name="version", label="Version", placeholder="1.4.0", help="Of the component."),
    Entry(
        name="services",
        label="Services",
        lines=True,
        placeholder="invoices",
        help="Names of those it offers, one a line.",
    ),
    Entry(
        name="addresses",
        label="Addresses",
        lines=True,
        placeholder="dispatch-json https://billing.example:8443/rpc",
        help="A channel and a URL on each line, the preferred one first.",
    ),
    Entry(name="weight", label="Weight", help="It is called in proportion to it; 0 is not at all."),
    Entry(name="zone", label="Zone", help="Callers of the same zone come first."),
    Entry(
        name="metadata",
        label="Metadata",
        lines=True,
        placeholder="owner=team billing",
        help="Texts for people and programs: key=value, one a line.",
    ),
)


def draw(texts: Mapping[str, str], error: InvalidInput | None = None) -> list[Drawn]:
    said: dict[str, list[str]] = {}
    for each in error.errors if error else ():
        name, _, inner = each.field.partition(".")
        said.setdefault(name, []).append(f"{inner} {each.message}".strip())
    return [
        Drawn(each, texts.get(each.name, ""), tuple(said.get(each.name, ()))) for each in ENTRIES
    ]


def texts_of(row: Instance | None) -> dict[str, str]:
    """What the form is filled with at first."""
    if row is None:
        return {"weight": str(STANDARD_WEIGHT)}
    return {
        "id": row.pk,
        "component": row.component,
        "version": row.version,
        "services": "\n".join(row.services),
        "addresses": "\n".join(f"{each.channel} {each.url}" for each in row.addresses.all()),
        "weight": str(row.own_weight),
        "zone": row.zone,
        "metadata": "\n".join(f"{key}={value}" for key, value in row.metadata.items()),
    }


def read(texts: Mapping[str, str]) -> Registration:
    """Raises :class:`InvalidInput` for what can't be read at all; what the values may be is judged
    as that of any registration."""
    errors: list[FieldError] = []
    registration = Registration(
        id=_text(texts, "id"),
        component=_text(texts, "component"),
        version=_text(texts, "version"),
        services=tuple(_lines(texts, "services")),
        addresses=_pairs(texts, "addresses", " ", "needs a channel and a URL", errors),
        weight=_weight(_text(texts, "weight"), errors),
        zone=_text(texts, "zone"),
        metadata=_pairs(texts, "metadata", "=", "needs a key, '=' and a value", errors),
    )
    if errors:
        raise InvalidInput("The form can't be read.", errors)
    return registration


def _text(texts: Mapping[str, str], name: str) -> str:
    return texts.get(name, "").strip()


def _lines(texts: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in texts.get(name, "").splitlines() if line.strip()]


def _pairs(
    texts: Mapping[str, str], name: str, between: str, needs: str, errors: list[FieldError]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _lines(texts, name):
        key, _, value = line.partition(between)
        key, value = key.strip(), value.strip()
        if not key or (not value and between == " "):
            errors.append(FieldError(name, f"'{line[:80]}' {needs}", "invalid"))
        elif key in found:
            errors.append(FieldError(name, f"'{key[:80]}' is there twice", "invalid"))
        found[key] = value
    return found


def _weight(text: str, errors: list[FieldError]) -> int:
    if not text:
        return STANDARD_WEIGHT
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    errors.append(FieldError("weight", "must be a whole number", "invalid"))
    return STANDARD_WEIGHT
