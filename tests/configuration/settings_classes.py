"""A settings class with a bit of everything, and its layers from texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from hub.operations.configuration.command_line import assignment
from hub.operations.configuration.settled import Layers, layers_of
from hub.operations.configuration.sources import Sources, read_sources
from hub.sdk import PluginSettings


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Limits(PluginSettings):
    daily: int = Field(100, ge=1)
    weekly: int = 500


class Shop(PluginSettings):
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code.")
    open: bool = True
    color: Color = Color.RED
    mode: Literal["fast", "careful"] = "fast"
    ports: list[int] = []
    countries: tuple[str, ...] = ("DE",)
    rates: dict[str, float] = {}
    note: str | None = None
    limits: Limits = Limits(weekly=600)
    api_key: SecretStr | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.limits.weekly < self.limits.daily:
            key = self.api_key.get_secret_value() if self.api_key else ""
            raise ValueError(f"a week is shorter than a day {key}")
        return self


def sources(
    folder: Path, *, variables: Mapping[str, str] | None = None, sets: Sequence[str] = ()
) -> Sources:
    """What is read in ``folder`` with these variables and assignments alone."""
    alone = {"XDG_CONFIG_HOME": str(folder / "home"), "XDG_CONFIG_DIRS": str(folder / "system")}
    read = read_sources({**alone, **(variables or {})}, folder)
    return Sources(
        here=read.here,
        folders=read.folders,
        hub_files=read.hub_files,
        given=read.given,
        variables=read.variables,
        sets=(*read.sets, *(assignment(text) for text in sets)),
    )


def shop_layers(
    folder: Path, *, variables: Mapping[str, str] | None = None, sets: Sequence[str] = ()
) -> Layers:
    return layers_of("shop", Shop, sources(folder, variables=variables, sets=sets))
