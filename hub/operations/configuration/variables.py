"""Settings of plugins in the environment: ``HUB_PLUGINS__<LABEL>__<FIELD>``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from hub.operations.configuration.layers import Path
from hub.operations.configuration.leaves import model_in

PREFIX: Final = "HUB_PLUGINS__"


@dataclass(frozen=True, slots=True)
class Variable:
    """``rest`` is the name below the plugin's label, in lower case."""

    name: str
    rest: str
    text: str


def variable_of(label: str, path: Path) -> str:
    """The name of the variable for a setting."""
    return PREFIX + "__".join((label, *path)).upper()


def of_plugins(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The variables that are about plugins. An empty one counts as not set."""
    return {
        name: text for name, text in sorted(environment.items()) if name.startswith(PREFIX) and text
    }


def owner(name: str, labels: Iterable[str]) -> str | None:
    """The label of the plugin that a variable is about; of ``a`` and ``a__b`` the longer one."""
    rest = name.removeprefix(PREFIX).lower()
    fits = [label for label in labels if rest == label or rest.startswith(f"{label}__")]
    return max(fits, key=len, default=None)


def below(label: str, name: str) -> str:
    return name.removeprefix(PREFIX).lower().removeprefix(label).removeprefix("__")


def path_of(rest: str, model: type[BaseModel]) -> Path:
    """The path that ``rest`` names in ``model``, as far as names are known there."""
    path: Path = ()
    inner: type[BaseModel] | None = model
    while inner is not None and rest:
        fields = {name.lower(): name for name in inner.model_fields}
        fits = [key for key in fields if rest == key or rest.startswith(f"{key}__")]
        if not fits:
            break
        key = max(fits, key=len)
        path = (*path, fields[key])
        rest = rest.removeprefix(key).removeprefix("__")
        inner = model_in(inner.model_fields[fields[key]].annotation)
    return (*path, *rest.split("__")) if rest else path
